import { fc } from '@fast-check/vitest';

/** Values that a careless or malicious hand might put in the place of a right one. */
const NASTY = [
  ...[
    '',
    '~',
    '[]',
    '{}',
    '-1',
    '0',
    '1e308',
    '.nan',
    '.inf',
    '9007199254740993',
    '0x7fffffff',
    'true',
    '"\\u0000"',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '../../x',
    '/etc/passwd',
    'C:\\x',
    '{node}/../../x',
    '*',
    'pod/*',
  ],
  ...[
    '1000000 packets',
    '99999999Gbit',
    '1bit',
    '9007199254740991ns',
    '100days',
    '1ns',
    '0s',
    '-5us',
    '1e9s',
  ],
  ...['0.0.0.0/0', '255.255.255.255/32', '10.0.0.0/8', '224.0.0.1/24', '300.1.1.1', 'node[1-999999999]'],
  ...[
    'node[1-4000]',
    'node[5-1]',
    '*missing',
    '&a [*a]',
    '!!js/function "x"',
    '$',
    '"',
    "'",
    '\t',
    '<<: *x',
    '? x',
  ],
  ...['200000', '4294967296', '{ uniform: [1400 B, 64 B] }', '{ exponential: 1 B }', '999999999/s', '1/h'],
];

const NASTY_KEYS = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'stop',
  'pods',
  'x'.repeat(300),
  '"a.b"',
  '? [a]',
  '..',
];

type Mutation = (text: string) => string;

/** One change to a text of YAML, somewhere in it. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // numbers, units and names by others of their kind: what is most likely still a scenario
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.nat(), fc.constantFrom('0', '1', '2', '3', '7', '60', '254', '1000', '65535', '1000000'))
      .map(([at, number]) => replaceNth(/\d+/g, at, number)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.nat(),
        fc.constantFrom('ns', 'us', 'ms', 's', 'min', 'bit', 'Mbit', 'B', 'KiB', '%', 'packets'),
      )
      .map(([at, unit]) => replaceNth(/(?<=\d ?)[A-Za-z%]+/g, at, unit)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.nat(),
        fc.constantFrom('pod/web-0', 'pod/web-*', 'node/node1', 'node/*', '10.244.1.2', '8.8.8.8'),
      )
      .map(([at, name]) => replaceNth(/(pod|node)\/[\w*-]+/g, at, name)),
  },
  // values
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(), fc.constantFrom(...NASTY))
      .map(([at, value]) => replaceNth(/(?<=[:[,] ?)[^\s,:{}[\]#][^,{}[\]#\n]*/g, at, value)),
  },
  // keys
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(), fc.constantFrom(...NASTY_KEYS))
      .map(([at, key]) => replaceNth(/[\w[\]-]+(?=:)/g, at, key)),
  },
  // whole lines gone, doubled, pushed in
  { weight: 2, arbitrary: fc.nat().map((at) => replaceNth(/^.*\n/gm, at, '')) },
  { weight: 1, arbitrary: fc.nat().map((at) => replaceNth(/^.*\n/gm, at, '$&$&')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(), fc.nat({ max: 9 }))
      .map(([at, depth]) => replaceNth(/^ */gm, at, ' '.repeat(depth))),
  },
  // the text cut off, and any characters
  {
    weight: 1,
    arbitrary: fc
      .double({ min: 0, max: 1, noNaN: true })
      .map((share) => (text: string) => text.slice(0, text.length * share)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(), fc.string({ unit: 'binary', maxLength: 8 }))
      .map(([at, junk]) => insert(junk, at)),
  },
  // what would eat a parser alive
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 100_000 })
      .map((depth) => (text: string) => `${text}deep: ${'['.repeat(depth)}\n`),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 2, max: 40 })
      .map((levels) => (text: string) => `${text}${aliasBomb(levels)}`),
  },
);

/** A text with a few changes in it. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([original, mutations]) => mutations.reduce((changed, change) => change(changed), original));
}

function replaceNth(pattern: RegExp, place: number, by: string): Mutation {
  return (text) => {
    const matches = [...text.matchAll(pattern)];
    if (matches.length === 0) return text;
    const { 0: found, index } = matches[place % matches.length];
    return text.slice(0, index) + by.replaceAll('$&', found) + text.slice(index + found.length);
  };
}

function insert(junk: string, place: number): Mutation {
  return (text) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + junk + text.slice(at);
  };
}

/** Each list holds the one before it ten times. */
function aliasBomb(levels: number): string {
  const lines = ['a0: &a0 [x]'];
  for (let level = 1; level < levels; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  return `${lines.join('\n')}\n`;
}
