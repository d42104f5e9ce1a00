/**
 * Types of values as Go's `encoding/gob` writes them (https://pkg.go.dev/encoding/gob): what Weave's peers send one
 * another.
 */
export type GobType =
  | { readonly kind: 'bool' | 'int' | 'uint' | 'bytes' | 'string' }
  | { readonly kind: 'array'; readonly name: string; readonly element: GobType; readonly length: number }
  | { readonly kind: 'slice'; readonly name: string; readonly element: GobType }
  | { readonly kind: 'map'; readonly name: string; readonly key: GobType; readonly value: GobType }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: readonly GobField[] };

export interface GobField {
  readonly name: string;
  readonly type: GobType;
}
