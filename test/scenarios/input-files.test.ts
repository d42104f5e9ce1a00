import { describe, expect, it } from 'vitest';
import { csvRows } from '../../scenarios/input/csv.ts';
import { UnreadableFile } from '../../scenarios/input/input-files.ts';
import { errorsOf, threeNodes } from './load.ts';

const pods = 'pods: { web: { replicas: 2 } }\n';
const request = (from: string) =>
  threeNodes(
    `${pods}traffic: { t: { kind: request, from: pod/web-0, to: pod/web-1, rate: 1/s, response: { from: ${from} } } }`,
  );
const trace = threeNodes(`${pods}traffic: { t: { kind: trace, file: t.csv } }`);
const errors = (text: string, content: string) => errorsOf(text, { readFile: () => content });

describe('a CSV file', () => {
  it('has quotes, blanks, comments and line ends of any kind', () => {
    const rows = [...csvRows('\ufeffa, b ,"c ""d"", e"\r\n# not this\n\n1,,3\n,\n"x"y,z')];
    expect(rows.map(({ line, fields }) => [line, ...fields])).toEqual([
      [1, 'a', 'b', 'c "d", e'],
      [4, '1', '', '3'],
      [5, '', ''],
      [6, '"x"y', 'z'],
    ]);
    expect(rows[0].columns).toEqual([1, 4, 7]);
    expect(rows[1].columns).toEqual([1, 3, 4]);
  });
});

describe('files of sizes', () => {
  it.each([
    ['{ file: s.csv }', '100\n200kB\n', []],
    ['{ file: s.csv }', 'size\n100\n', []],
    [
      '{ file: s.csv }',
      '100\n19\nx\n',
      [
        's.csv:2:1: "19" is not a size of a message (expected bytes from 20 to 1 TiB)',
        's.csv:3:1: "x" is not a size of a message (expected bytes from 20 to 1 TiB)',
      ],
    ],
    [
      '{ file: s.csv, column: out }',
      'in,out\n1,100\n2\n',
      ['s.csv:3:1: the line has no such column (expected bytes from 20 to 1 TiB)'],
    ],
    [
      '{ file: s.csv, column: otu }',
      'in,out\n1,100\n',
      ['7:106: "s.csv" has no column "otu" (did you mean "out"?)'],
    ],
    ['{ file: s.csv }', '# nothing\n', ['7:98: "s.csv" has no sizes']],
  ])('%s with %j', (from, content, expected) => {
    expect(errors(request(from), content).map(withoutColumn)).toEqual(expected.map(withoutColumn));
  });

  it('are refused where nothing can be read', () => {
    expect(errorsOf(request('{ file: s.csv }')).map(withoutColumn)).toEqual(['7: no file can be read here']);
    const readFile = () => new UnreadableFile('it is not there', 't.csv');
    expect(errorsOf(trace, { readFile }).map(withoutColumn)).toEqual([
      '7: it is not there (did you mean "t.csv"?)',
    ]);
  });
});

/** Of places in the scenario the line is enough. */
function withoutColumn(message: string): string {
  return message.replace(/^(\d+):\d+:/, '$1:');
}

describe('traces', () => {
  it.each([
    ['time,src,dst,bytes\n1,web-0,web-1,100\n', []],
    ['Time,SRC,dst,bytes,proto\n1ms,192.168.1.11,10.9.9.9,100,17\n', []],
    [
      'time,src,dts,bytes\n',
      [
        't.csv:1:1: the column "dst" is missing',
        't.csv:1:10: "dts" is not a column of a trace (expected time, src, dst, bytes, proto, sport, dport; did you mean "dst"?)',
      ],
    ],
    ['time,src,dst,bytes\n', ['7: "t.csv" has no transfers']],
    [
      'time,src,dst,bytes,dport\n-1,pod/wbe-0,web-1,7,0\n',
      [
        't.csv:2:1: "-1" is not right for time (expected seconds such as 1.5, or a duration such as 20ms)',
        't.csv:2:4: "pod/wbe-0" is not right for src (expected pod/NAME, node/NAME, router/NAME, a name, or an IPv4 address; did you mean "pod/web-0"?)',
        't.csv:2:20: "7" is not right for bytes (expected bytes from 20 to 1099511627776)',
        't.csv:2:22: "0" is not right for dport (expected a port)',
      ],
    ],
    ['time,src,dst,bytes\n1,web-0,web-0,100\n', ['t.csv:2:9: it sends to itself']],
    [
      'time,src,dst,bytes,proto\n1,web-0,web-1,65508,udp\n1,web-0,,20,icmp\n',
      [
        't.csv:2:15: "65508" is not right for bytes (expected bytes from 0 to 65507)',
        't.csv:3:9: there is no dst (expected pod/NAME, node/NAME, router/NAME, a name, or an IPv4 address)',
        't.csv:3:13: "icmp" is not right for proto (expected tcp or udp)',
      ],
    ],
  ])('%j', (content, expected) => {
    expect(errors(trace, content).map(withoutColumn)).toEqual(expected);
  });
});
