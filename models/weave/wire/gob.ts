/**
 * Types of values as Go's `encoding/gob` writes them (https://pkg.go.dev/encoding/gob): what Weave's peers
 * send one another. A type is told apart by its object: describe each one once, as a constant.
 */
export type GobType =
  /** `uint` and `uint64` look the same on the wire; the first is a number here, the second a bigint. */
  | { readonly kind: 'bool' | 'int' | 'uint' | 'uint64' | 'bytes' | 'string' }
  | { readonly kind: 'array'; readonly name: string; readonly element: GobType; readonly length: number }
  | { readonly kind: 'slice'; readonly name: string; readonly element: GobType }
  | { readonly kind: 'map'; readonly name: string; readonly key: GobType; readonly value: GobType }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: readonly GobField[] };

export interface GobField {
  readonly name: string;
  readonly type: GobType;
  /** A pointer, or a map that may be nil: null is not sent, and is what comes out where nothing was sent. */
  readonly optional?: boolean;
}

/** The values of a type, given as a constant (`as const satisfies GobType`). */
export type GobValue<T extends GobType> = T extends { kind: 'bool' }
  ? boolean
  : T extends { kind: 'int' | 'uint' }
    ? number
    : T extends { kind: 'uint64' }
      ? bigint
      : T extends { kind: 'bytes' }
        ? Uint8Array
        : T extends { kind: 'string' }
          ? string
          : T extends { kind: 'array' | 'slice'; element: infer E extends GobType }
            ? GobValue<E>[]
            : T extends { kind: 'map'; key: infer K extends GobType; value: infer V extends GobType }
              ? Map<GobValue<K>, GobValue<V>>
              : T extends { kind: 'struct'; fields: readonly (infer F extends GobField)[] }
                ? { [Field in F as Field['name']]: GobFieldValue<Field> }
                : never;

type GobFieldValue<F extends GobField> = F extends { optional: true }
  ? GobValue<F['type']> | null
  : GobValue<F['type']>;

/** Bytes are no gob, or not one of the type that was asked for. */
export class GobError extends Error {}

export const GOB_BOOL = { kind: 'bool' } as const;
export const GOB_INT = { kind: 'int' } as const;
export const GOB_UINT = { kind: 'uint' } as const;
export const GOB_UINT64 = { kind: 'uint64' } as const;
export const GOB_BYTES = { kind: 'bytes' } as const;
export const GOB_STRING = { kind: 'string' } as const;
