import { GOB_INT, GOB_STRING, type GobType, type GobValue } from './gob.ts';

/** Ids of the types that need no description (Go: `encoding/gob/type.go`). */
export const BASIC_TYPE_ID = { bool: 1, int: 2, uint: 3, uint64: 3, bytes: 5, string: 6 } as const;

/** The first id of a type that is described. */
const FIRST_TYPE_ID = 65;

const COMMON_TYPE = {
  kind: 'struct',
  name: 'CommonType',
  fields: [
    { name: 'Name', type: GOB_STRING },
    { name: 'Id', type: GOB_INT },
  ],
} as const satisfies GobType;

const ARRAY_TYPE = {
  kind: 'struct',
  name: 'arrayType',
  fields: [
    { name: 'CommonType', type: COMMON_TYPE },
    { name: 'Elem', type: GOB_INT },
    { name: 'Len', type: GOB_INT },
  ],
} as const satisfies GobType;

const SLICE_TYPE = {
  kind: 'struct',
  name: 'sliceType',
  fields: [
    { name: 'CommonType', type: COMMON_TYPE },
    { name: 'Elem', type: GOB_INT },
  ],
} as const satisfies GobType;

const FIELD_TYPE = {
  kind: 'struct',
  name: 'fieldType',
  fields: [
    { name: 'Name', type: GOB_STRING },
    { name: 'Id', type: GOB_INT },
  ],
} as const satisfies GobType;

const STRUCT_TYPE = {
  kind: 'struct',
  name: 'structType',
  fields: [
    { name: 'CommonType', type: COMMON_TYPE },
    { name: 'Field', type: { kind: 'slice', name: '', element: FIELD_TYPE } },
  ],
} as const satisfies GobType;

const MAP_TYPE = {
  kind: 'struct',
  name: 'mapType',
  fields: [
    { name: 'CommonType', type: COMMON_TYPE },
    { name: 'Key', type: GOB_INT },
    { name: 'Elem', type: GOB_INT },
  ],
} as const satisfies GobType;

/** The description of a type, which is sent as a gob itself (Go: `wireType`). One of its fields is set. */
export const WIRE_TYPE = {
  kind: 'struct',
  name: 'wireType',
  fields: [
    { name: 'ArrayT', type: ARRAY_TYPE, optional: true },
    { name: 'SliceT', type: SLICE_TYPE, optional: true },
    { name: 'StructT', type: STRUCT_TYPE, optional: true },
    { name: 'MapT', type: MAP_TYPE, optional: true },
  ],
} as const satisfies GobType;

export type WireType = GobValue<typeof WIRE_TYPE>;

/** The ids that one process has given to its types; it keeps them for all of its encoders. */
export class GobTypeIds {
  private readonly ids = new Map<GobType, number>();
  private next = FIRST_TYPE_ID;

  /** The id of a type, given when it is first asked for (Go: `newTypeObject`). */
  of(type: GobType): number {
    if (isBasic(type)) return BASIC_TYPE_ID[type.kind];
    const known = this.ids.get(type);
    if (known !== undefined) return known;
    // A struct has its id before its fields have theirs, the others after their elements.
    if (type.kind === 'struct') {
      const id = this.assign(type);
      for (const field of type.fields) this.of(field.type);
      return id;
    }
    for (const part of partsOf(type)) this.of(part);
    return this.assign(type);
  }

  private assign(type: GobType): number {
    const id = this.next++;
    this.ids.set(type, id);
    return id;
  }
}

/** Needs no description. */
export function isBasic(type: GobType): type is Extract<GobType, { kind: keyof typeof BASIC_TYPE_ID }> {
  return type.kind in BASIC_TYPE_ID;
}

/** The types that a type is made of, in the order in which they are described. */
export function partsOf(type: GobType): readonly GobType[] {
  switch (type.kind) {
    case 'struct':
      return type.fields.map((field) => field.type);
    case 'map':
      return [type.key, type.value];
    case 'array':
    case 'slice':
      return [type.element];
    default:
      return [];
  }
}

/** The description of a type. */
export function describe(type: GobType, ids: GobTypeIds): WireType {
  const wire: WireType = { ArrayT: null, SliceT: null, StructT: null, MapT: null };
  const Id = ids.of(type);
  switch (type.kind) {
    case 'array':
      wire.ArrayT = { CommonType: { Name: type.name, Id }, Elem: ids.of(type.element), Len: type.length };
      break;
    case 'slice':
      wire.SliceT = { CommonType: { Name: type.name, Id }, Elem: ids.of(type.element) };
      break;
    case 'map':
      wire.MapT = { CommonType: { Name: type.name, Id }, Key: ids.of(type.key), Elem: ids.of(type.value) };
      break;
    case 'struct': {
      const Field = type.fields.map((field) => ({ Name: field.name, Id: ids.of(field.type) }));
      wire.StructT = { CommonType: { Name: type.name, Id }, Field };
      break;
    }
  }
  return wire;
}
