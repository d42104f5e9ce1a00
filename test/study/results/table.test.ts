import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { csv, jsonLines, parquet, type TableColumn } from '../../../study/results/table.ts';

const columns: TableColumn[] = [
  { name: 'rate', values: ['10Mbit', 'a "b", c', 'two\nlines'] },
  { name: 'nodes', values: [2, 4.5, 1e15 + 1] },
  { name: 'mixed', values: [1, 'two', true] },
  { name: 'on', values: [true, false, null] },
  { name: 'p99', values: [null, 0, -1.25e-9] },
  { name: 'nothing', values: [null, null, null] },
];

const rows = [
  { rate: '10Mbit', nodes: 2, mixed: 1, on: true, p99: null, nothing: null },
  { rate: 'a "b", c', nodes: 4.5, mixed: 'two', on: false, p99: 0, nothing: null },
  { rate: 'two\nlines', nodes: 1e15 + 1, mixed: true, on: null, p99: -1.25e-9, nothing: null },
];

describe('tables of results', () => {
  it('as JSON Lines', () => {
    const lines = jsonLines(columns).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  });

  it('as CSV', () => {
    expect(csv(columns)).toBe(
      'rate,nodes,mixed,on,p99,nothing\n' +
        '10Mbit,2,1,true,,\n' +
        '"a ""b"", c",4.5,two,false,0,\n' +
        '"two\nlines",1000000000000001,true,,-1.25e-9,\n',
    );
  });

  it('as Parquet, which another program reads back', async () => {
    const bytes = parquet(columns);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const texts = rows.map((row) => ({ ...row, mixed: String(row.mixed) }));
    expect(await parquetReadObjects({ file })).toEqual(texts);
  });
});
