import { GobError, type GobField, type GobType, type GobValue } from './gob.ts';
import { GobReader } from './gob-reader.ts';
import { BASIC_TYPE_ID, WIRE_TYPE, type WireType } from './gob-wire-type.ts';

/** A gob that holds one value. @throws GobError */
export function decodeGob<const T extends GobType>(type: T, bytes: Uint8Array): GobValue<T> {
  return new GobDecoder(bytes).decode(type);
}

type StructType = Extract<GobType, { kind: 'struct' }>;
type MapType = Extract<GobType, { kind: 'map' }>;
type SequenceType = Extract<GobType, { kind: 'array' | 'slice' }>;

/**
 * Reads a stream of gobs (Go: `gob.Decoder`). Fields are told by their names: those that the sender has more
 * are skipped, those that it has not are zero.
 */
export class GobDecoder {
  private readonly input: GobReader;
  /** Types that the sender has described, by its ids. */
  private readonly described = new Map<number, GobType>();
  private readonly wire = new Map<number, WireType>();

  constructor(bytes: Uint8Array) {
    this.input = new GobReader(bytes);
  }

  /** All has been read. */
  get ended(): boolean {
    return this.input.remaining === 0;
  }

  /** The next value. @throws GobError when there is none, or it is none of this type */
  decode<const T extends GobType>(type: T): GobValue<T> {
    return this.defer(type)();
  }

  /**
   * Goes past the next value.
   * @returns reads it, when it turns out to be wanted; throws GobError when it is none of this type
   */
  defer<const T extends GobType>(type: T): () => GobValue<T> {
    for (;;) {
      const message = this.input.message();
      const id = message.int();
      if (id < 0) {
        this.wire.set(-id, readValue(message, WIRE_TYPE, WIRE_TYPE) as WireType);
        continue;
      }
      const sent = this.typeOf(id);
      if (sent.kind !== 'struct' && message.uint() !== 0)
        throw new GobError('corrupted data: non-zero delta');
      return () => readValue(message, sent, type) as GobValue<T>;
    }
  }

  /** The type of an id, as the sender has described it. */
  private typeOf(id: number): GobType {
    const known = BASIC_TYPES.get(id) ?? this.described.get(id);
    if (known !== undefined) return known;
    const wire = this.wire.get(id);
    if (wire === undefined) throw new GobError(`unknown type id ${id}`);
    // A type that is a part of itself would never be done.
    this.wire.delete(id);
    const type = this.read(wire);
    this.described.set(id, type);
    return type;
  }

  private read({ ArrayT, SliceT, StructT, MapT }: WireType): GobType {
    if (ArrayT !== null) {
      const element = this.typeOf(ArrayT.Elem);
      return { kind: 'array', name: ArrayT.CommonType.Name, element, length: ArrayT.Len };
    }
    if (SliceT !== null) {
      return { kind: 'slice', name: SliceT.CommonType.Name, element: this.typeOf(SliceT.Elem) };
    }
    if (MapT !== null) {
      const key = this.typeOf(MapT.Key);
      return { kind: 'map', name: MapT.CommonType.Name, key, value: this.typeOf(MapT.Elem) };
    }
    if (StructT !== null) {
      const fields = StructT.Field.map(({ Name, Id }) => ({ name: Name, type: this.typeOf(Id) }));
      return { kind: 'struct', name: StructT.CommonType.Name, fields };
    }
    throw new GobError('a type of an unknown kind');
  }
}

const BASIC_TYPES: ReadonlyMap<number, GobType> = new Map<number, GobType>([
  [BASIC_TYPE_ID.bool, { kind: 'bool' }],
  [BASIC_TYPE_ID.int, { kind: 'int' }],
  [BASIC_TYPE_ID.uint, { kind: 'uint64' }],
  [BASIC_TYPE_ID.bytes, { kind: 'bytes' }],
  [BASIC_TYPE_ID.string, { kind: 'string' }],
]);

/** A value that was sent as `sent`, as one of `type`. */
function readValue(input: GobReader, sent: GobType, type: GobType): unknown {
  if (kindOnWire(sent) !== kindOnWire(type)) throw new GobError(`${type.kind} wanted, ${sent.kind} received`);
  switch (type.kind) {
    case 'bool':
      return input.bool();
    case 'int':
      return input.int();
    case 'uint':
      return input.uint();
    case 'uint64':
      return input.uint64();
    case 'bytes':
      return input.counted();
    case 'string':
      return input.string();
    case 'array':
    case 'slice':
      return readElements(input, sent as SequenceType, type);
    case 'map':
      return readMap(input, sent as MapType, type);
    case 'struct':
      return readStruct(input, sent as StructType, type);
  }
}

function kindOnWire(type: GobType): string {
  return type.kind === 'uint64' ? 'uint' : type.kind;
}

function readElements(input: GobReader, sent: SequenceType, type: SequenceType): unknown[] {
  const elements: unknown[] = [];
  const count = input.count();
  if (type.kind === 'array' && count !== type.length) throw new GobError('array of another length');
  for (let i = 0; i < count; i++) elements.push(readValue(input, sent.element, type.element));
  return elements;
}

function readMap(input: GobReader, sent: MapType, type: MapType): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  const count = input.count();
  for (let i = 0; i < count; i++) {
    const key = readValue(input, sent.key, type.key);
    map.set(key, readValue(input, sent.value, type.value));
  }
  return map;
}

function readStruct(input: GobReader, sent: StructType, type: StructType): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const field of type.fields) record[field.name] = zero(field);
  let index = -1;
  for (;;) {
    const delta = input.uint();
    if (delta === 0) return record;
    index += delta;
    const field = sent.fields[index];
    if (field === undefined) throw new GobError('field numbers out of bounds');
    const wanted = type.fields.find(({ name }) => name === field.name);
    const value = readValue(input, field.type, wanted?.type ?? field.type);
    if (wanted !== undefined) record[field.name] = value;
  }
}

/** What a field is of which nothing is said. */
function zero({ type, optional }: GobField): unknown {
  if (optional) return null;
  switch (type.kind) {
    case 'bool':
      return false;
    case 'int':
    case 'uint':
      return 0;
    case 'uint64':
      return 0n;
    case 'bytes':
      return new Uint8Array(0);
    case 'string':
      return '';
    case 'slice':
      return [];
    case 'array':
      return Array.from({ length: type.length }, () => zero({ name: '', type: type.element }));
    case 'map':
      return new Map();
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, zero(field)]));
  }
}
