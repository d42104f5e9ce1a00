import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  GOB_BOOL,
  GOB_BYTES,
  GOB_INT,
  GOB_STRING,
  GOB_UINT,
  GOB_UINT64,
  GobError,
  type GobType,
  type GobValue,
} from '../../../../models/weave/wire/gob.ts';
import { decodeGob, GobDecoder } from '../../../../models/weave/wire/gob-decoder.ts';
import { encodeGob, GobEncoder } from '../../../../models/weave/wire/gob-encoder.ts';
import { GobTypeIds } from '../../../../models/weave/wire/gob-wire-type.ts';
import { GOB_OF_GO } from './gob-of-go.ts';

const FEATURES = { kind: 'map', name: '', key: GOB_STRING, value: GOB_STRING } as const satisfies GobType;

const PEER_SUMMARY = {
  kind: 'struct',
  name: 'peerSummary',
  fields: [
    { name: 'NameByte', type: GOB_BYTES },
    { name: 'NickName', type: GOB_STRING },
    { name: 'UID', type: GOB_UINT64 },
    { name: 'Version', type: GOB_UINT64 },
    { name: 'ShortID', type: GOB_UINT },
    { name: 'HasShortID', type: GOB_BOOL },
  ],
} as const satisfies GobType;

const CONNECTION_SUMMARY = {
  kind: 'struct',
  name: 'connectionSummary',
  fields: [
    { name: 'NameByte', type: GOB_BYTES },
    { name: 'RemoteTCPAddr', type: GOB_STRING },
    { name: 'Outbound', type: GOB_BOOL },
    { name: 'Established', type: GOB_BOOL },
  ],
} as const satisfies GobType;

const EVERY_KIND = {
  kind: 'struct',
  name: 'small',
  fields: [
    { name: 'A', type: GOB_INT },
    { name: 'B', type: GOB_UINT },
    { name: 'C', type: GOB_BOOL },
    { name: 'D', type: GOB_STRING },
    { name: 'E', type: GOB_BYTES },
    { name: 'F', type: { kind: 'array', name: '[2]uint16', element: GOB_UINT, length: 2 } },
    { name: 'G', type: { kind: 'slice', name: '[]string', element: GOB_STRING } },
    {
      name: 'H',
      type: { kind: 'map', name: 'map[string]int', key: GOB_STRING, value: GOB_INT },
      optional: true,
    },
    { name: 'I', type: { kind: 'struct', name: 'struct { X int }', fields: [{ name: 'X', type: GOB_INT }] } },
  ],
} as const satisfies GobType;

const ZERO: GobValue<typeof EVERY_KIND> = {
  A: 0,
  B: 0,
  C: false,
  D: '',
  E: new Uint8Array(0),
  F: [0, 0],
  G: [],
  H: null,
  I: { X: 0 },
};

const NOT_ZERO: GobValue<typeof EVERY_KIND> = {
  A: -5,
  B: 200,
  C: true,
  D: 'x',
  E: Uint8Array.of(9),
  F: [0, 256],
  G: ['', 'b'],
  H: new Map([['k', 0]]),
  I: { X: 7 },
};

const PEER = {
  NameByte: Uint8Array.of(2, 0, 0, 0, 0, 1),
  NickName: 'node-1',
  UID: 0x1234567890abcdefn,
  Version: 3n,
  ShortID: 1041,
  HasShortID: true,
};

const CONNECTION = {
  NameByte: Uint8Array.of(2, 0, 0, 0, 0, 2),
  RemoteTCPAddr: '192.168.77.12:6783',
  Outbound: true,
  Established: false,
};

const MATRIX = {
  kind: 'slice',
  name: '',
  element: { kind: 'slice', name: '', element: GOB_INT },
} as const satisfies GobType;
const LISTS = {
  kind: 'map',
  name: '',
  key: GOB_UINT,
  value: { kind: 'slice', name: '', element: GOB_STRING },
} as const satisfies GobType;
const FLAGS = { kind: 'array', name: '', element: GOB_BOOL, length: 3 } as const satisfies GobType;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

describe('what Go writes', () => {
  it('is written here byte for byte: maps of strings', () => {
    expect(hex(encodeGob(FEATURES, new Map([['Name', '02:00:00:00:00:01']])))).toBe(GOB_OF_GO.handshake);
  });

  it('is written here byte for byte: several values with one encoder', () => {
    const encoder = new GobEncoder()
      .encode(PEER_SUMMARY, PEER)
      .encode(GOB_UINT, 1)
      .encode(CONNECTION_SUMMARY, CONNECTION);
    expect(hex(encoder.bytes())).toBe(GOB_OF_GO.topology);
  });

  it('is written here byte for byte: values that stand alone', () => {
    const encoder = new GobEncoder();
    for (const number of [0, -1, 63, -65, -Number.MAX_SAFE_INTEGER]) encoder.encode(GOB_INT, number);
    encoder
      .encode(GOB_UINT, 127)
      .encode(GOB_UINT, 128)
      .encode(GOB_UINT64, 2n ** 64n - 1n);
    encoder.encode(GOB_BOOL, true).encode(GOB_BOOL, false);
    encoder.encode(GOB_STRING, '').encode(GOB_STRING, 'h\u00e9llo');
    encoder.encode(GOB_BYTES, new Uint8Array(0)).encode(GOB_BYTES, Uint8Array.of(1, 2, 255));
    expect(hex(encoder.bytes())).toBe(GOB_OF_GO.scalars);
  });

  it('is written here byte for byte: fields of every kind', () => {
    const encoder = new GobEncoder().encode(EVERY_KIND, ZERO).encode(EVERY_KIND, NOT_ZERO);
    expect(hex(encoder.bytes())).toBe(GOB_OF_GO.fields);
  });

  it('is written here byte for byte: types in types', () => {
    const encoder = new GobEncoder()
      .encode(MATRIX, [[1], [], [2, 3]])
      .encode(LISTS, new Map([[7, ['a']]]))
      .encode(FLAGS, [true, false, true]);
    expect(hex(encoder.bytes())).toBe(GOB_OF_GO.nested);
  });

  it('is read here', () => {
    const decoder = new GobDecoder(bytesOf(GOB_OF_GO.topology));
    expect(decoder.decode(PEER_SUMMARY)).toEqual(PEER);
    expect(decoder.decode(GOB_UINT)).toBe(1);
    expect(decoder.ended).toBe(false);
    expect(decoder.decode(CONNECTION_SUMMARY)).toEqual(CONNECTION);
    expect(decoder.ended).toBe(true);
    const fields = new GobDecoder(bytesOf(GOB_OF_GO.fields));
    expect(fields.decode(EVERY_KIND)).toEqual(ZERO);
    expect(fields.decode(EVERY_KIND)).toEqual(NOT_ZERO);
  });
});

describe('ids of types', () => {
  it('are those of the process, whatever its encoders have described', () => {
    const ids = new GobTypeIds();
    for (let i = 0; i < 9; i++) ids.of({ kind: 'slice', name: '', element: GOB_INT });
    // How the handshake of a real router begins: nine types had been met before.
    const recorded = '0eff93040102ff9400010c010c0000';
    expect(hex(new GobEncoder(ids).encode(FEATURES, new Map()).bytes())).toMatch(new RegExp(`^${recorded}`));
    expect(hex(new GobEncoder(ids).encode(FEATURES, new Map()).bytes())).toMatch(new RegExp(`^${recorded}`));
  });
});

describe('other types than were sent', () => {
  const NEWER = {
    kind: 'struct',
    name: 'peerSummary',
    fields: [
      { name: 'Version', type: GOB_UINT },
      { name: 'Flavour', type: GOB_STRING },
      { name: 'Extra', type: EVERY_KIND },
      { name: 'Maybe', type: EVERY_KIND, optional: true },
    ],
  } as const satisfies GobType;

  it('takes fields by their names, and zero for what was not sent', () => {
    const read = decodeGob(NEWER, encodeGob(PEER_SUMMARY, PEER));
    expect(read).toEqual({ Version: 3, Flavour: '', Extra: { ...ZERO, H: null }, Maybe: null });
  });

  it('reads no text as a number', () => {
    expect(() => decodeGob(GOB_INT, encodeGob(GOB_STRING, 'a'))).toThrow('int wanted, string received');
  });

  it('reads no number above 2^53 as a number', () => {
    expect(() => decodeGob(GOB_UINT, encodeGob(GOB_UINT64, 2n ** 53n))).toThrow(GobError);
    expect(decodeGob(GOB_UINT64, encodeGob(GOB_UINT64, 2n ** 53n))).toBe(2n ** 53n);
  });
});

describe('broken gobs', () => {
  it('know an unknown type', () => {
    expect(() => decodeGob(FEATURES, bytesOf('04ff820000'))).toThrow('unknown type id 65');
  });

  it('are no endless types: one that is its own element', () => {
    // Slice 65 of type 65.
    expect(() => decodeGob(MATRIX, bytesOf('0cff81020102ff820001ff82000004ff820000'))).toThrow(GobError);
  });

  it('have no more elements than bytes', () => {
    expect(() => decodeGob(GOB_BYTES, bytesOf('080a00fc7fffffff01'))).toThrow('unexpected end');
  });

  const arbitraryGob = fc.constantFrom(...Object.values(GOB_OF_GO)).map(bytesOf);

  test.prop([arbitraryGob, fc.nat(400)])('cut short anywhere end in a GobError', (bytes, length) => {
    fc.pre(length < bytes.length);
    const decoder = new GobDecoder(bytes.subarray(0, length));
    expect(() => {
      for (;;) decoder.decode(EVERY_KIND);
    }).toThrow(GobError);
  });

  test.prop([arbitraryGob, fc.nat(), fc.integer({ min: 0, max: 255 })])(
    'with a byte changed are read or end in a GobError',
    (bytes, position, value) => {
      bytes[position % bytes.length] = value;
      const decoder = new GobDecoder(bytes);
      try {
        while (!decoder.ended) decoder.decode(EVERY_KIND);
      } catch (error) {
        expect(error).toBeInstanceOf(GobError);
      }
    },
  );
});

test.prop([
  fc.record({
    A: fc.maxSafeInteger(),
    B: fc.maxSafeNat(),
    C: fc.boolean(),
    D: fc.string({ unit: 'grapheme' }),
    E: fc.uint8Array(),
    F: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
    G: fc.array(fc.string()),
    H: fc.option(fc.array(fc.tuple(fc.string(), fc.integer())).map((entries) => new Map(entries))),
    I: fc.record({ X: fc.integer() }),
  }),
])('reads back what it writes', (value) => {
  expect(decodeGob(EVERY_KIND, encodeGob(EVERY_KIND, value))).toEqual(value);
});
