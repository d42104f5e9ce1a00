import { GobError, type GobType, type GobValue } from './gob.ts';
import { BASIC_TYPE_ID, describe, GobTypeIds, isBasic, partsOf, WIRE_TYPE } from './gob-wire-type.ts';
import { GobWriter } from './gob-writer.ts';

/** One value as a gob of its own. */
export function encodeGob<const T extends GobType>(type: T, value: GobValue<T>): Uint8Array {
  return new GobEncoder().encode(type, value).bytes();
}

/** A value alone, without what has to be said about its type: a part of a stream of gobs. */
export function encodeGobValue<const T extends GobType>(
  type: T,
  value: GobValue<T>,
  ids: GobTypeIds,
): Uint8Array {
  const message = new GobWriter();
  message.int(ids.of(type));
  // What is no struct stands as the only field of one that is not there.
  if (type.kind !== 'struct') message.uint(0);
  writeValue(message, type, value);
  const framed = new GobWriter();
  framed.message(message);
  return framed.bytes();
}

/** What stands in front of so many bytes as a gob of their own. */
export function encodeGobBytesHead(length: number): Uint8Array {
  const message = new GobWriter();
  message.int(BASIC_TYPE_ID.bytes);
  message.uint(0);
  message.uint(length);
  const framed = new GobWriter();
  framed.uint(message.length + length);
  framed.append(message.bytes());
  return framed.bytes();
}

/**
 * One stream of gobs (Go: `gob.Encoder`): it describes a type before the first value that needs it, and once.
 */
export class GobEncoder {
  private readonly ids: GobTypeIds;
  private readonly described = new Set<GobType>();
  private readonly output = new GobWriter();

  /** @param ids those of the process; an encoder that stands alone has its own */
  constructor(ids: GobTypeIds = new GobTypeIds()) {
    this.ids = ids;
  }

  /** Adds a value, with what has to be said about its type. */
  encode<const T extends GobType>(type: T, value: GobValue<T>): this {
    return this.append(type, encodeGobValue(type, value, this.ids));
  }

  /** Adds a value that was made by `encodeGobValue` with the same ids. */
  append(type: GobType, value: Uint8Array): this {
    this.ids.of(type);
    this.describeType(type);
    this.output.append(value);
    return this;
  }

  /** Everything so far. */
  bytes(): Uint8Array {
    return this.output.bytes();
  }

  private describeType(type: GobType): void {
    if (isBasic(type) || this.described.has(type)) return;
    this.described.add(type);
    const message = new GobWriter();
    message.int(-this.ids.of(type));
    writeValue(message, WIRE_TYPE, describe(type, this.ids));
    this.output.message(message);
    for (const part of partsOf(type)) this.describeType(part);
  }
}

/** `value` is of `type`: `encode` has seen to that. */
function writeValue(out: GobWriter, type: GobType, value: unknown): void {
  switch (type.kind) {
    case 'bool':
      out.uint(value === true ? 1 : 0);
      return;
    case 'int':
      out.int(value as number);
      return;
    case 'uint':
    case 'uint64':
      out.uint(value as number | bigint);
      return;
    case 'bytes':
      out.counted(value as Uint8Array);
      return;
    case 'string':
      out.string(value as string);
      return;
    case 'array':
    case 'slice':
      writeElements(out, type, value as readonly unknown[]);
      return;
    case 'map':
      writeMap(out, type.key, type.value, value as ReadonlyMap<unknown, unknown>);
      return;
    case 'struct':
      writeStruct(out, type, value as Readonly<Record<string, unknown>>);
      return;
  }
}

function writeElements(
  out: GobWriter,
  type: Extract<GobType, { kind: 'array' | 'slice' }>,
  elements: readonly unknown[],
): void {
  if (type.kind === 'array' && elements.length !== type.length) {
    throw new GobError(`an array of ${type.length} has ${elements.length} elements`);
  }
  out.uint(elements.length);
  for (const element of elements) writeValue(out, type.element, element);
}

function writeMap(out: GobWriter, key: GobType, value: GobType, map: ReadonlyMap<unknown, unknown>): void {
  out.uint(map.size);
  for (const [k, v] of map) {
    writeValue(out, key, k);
    writeValue(out, value, v);
  }
}

/** Fields that are zero are left out; the others say by how many they are after the one before. */
function writeStruct(
  out: GobWriter,
  type: Extract<GobType, { kind: 'struct' }>,
  record: Readonly<Record<string, unknown>>,
): void {
  let last = -1;
  type.fields.forEach((field, index) => {
    const value = record[field.name];
    if (isLeftOut(field.type, value)) return;
    out.uint(index - last);
    last = index;
    writeValue(out, field.type, value);
  });
  out.uint(0);
}

/** Structs, arrays and maps are sent whatever is in them, if they are there. */
function isLeftOut(type: GobType, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  switch (type.kind) {
    case 'bool':
      return value === false;
    case 'int':
    case 'uint':
    case 'uint64':
      return value === 0 || value === 0n;
    case 'bytes':
    case 'string':
    case 'slice':
      return (value as { length: number }).length === 0;
    default:
      return false;
  }
}
