import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BenchRow } from '../../bench/bench-row.ts';
import { buildScenario } from '../../bench/build-scenario.ts';
import { clusterScenario, SEND_INTERVAL } from '../../bench/cluster-scenario.ts';
import { countFrames } from '../../bench/count-frames.ts';
import { brokenLimits, LIMITS } from '../../bench/limits.ts';
import { formatValue, printResults } from '../../bench/print-results.ts';
import { mergeRuns, type Results } from '../../bench/results.ts';
import { readCapture } from '../../engine/pcap-writer/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function row(value: number | string, metric = 'speed'): BenchRow {
  return { benchmark: 'queue', case: 'small', metric, value, unit: 'ns' };
}

function results(rows: BenchRow[]): Results {
  return { processor: 'P', cores: 2, memory: 8, node: 'v20', commit: 'abc', date: 'today', rows };
}

describe('several runs of a benchmark', () => {
  it('become medians that remember what each run gave', () => {
    expect(mergeRuns([[row(5)], [row(1)], [row(3)]])).toEqual([{ ...row(3), runs: [5, 1, 3] }]);
  });

  it('tell of a text that differed', () => {
    const merged = mergeRuns([
      [row('a'), row('x', 'print')],
      [row('a'), row('y', 'print')],
    ]);
    expect(merged.map(({ value }) => value)).toEqual(['a', 'differs by run']);
  });
});

describe('the table of results', () => {
  it('compares with the baseline what is in both', () => {
    const now = results([row(30), row('same', 'print'), row(1, 'new one')]);
    const before = results([row(20), row('same', 'print')]);
    const lines = printResults(now, before).split('\n');
    expect(lines.find((line) => line.includes('speed'))).toMatch(/30 +ns +1\.50 x$/);
    expect(lines.find((line) => line.includes('print'))).toMatch(/same$/);
    expect(lines.find((line) => line.includes('new one'))).toMatch(/new$/);
  });

  it.each([
    [0, '0'],
    [999_999, '999999'],
    [1.23456, '1.235'],
    [12_345.6, '12.35 k'],
    [6_489_000.5, '6.489 M'],
    [0.0007, '7.00e-4'],
  ])('prints %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe('the limits of the smoke run', () => {
  const within = LIMITS.map(({ case: name, metric, is, most, least }): BenchRow => {
    return { benchmark: 'counters', case: name, metric, value: is ?? most ?? least!, unit: '' };
  });

  it('hold for what is exactly at them', () => {
    expect(brokenLimits(within)).toEqual([]);
  });

  it.each(LIMITS.map((limit, place) => ({ ...limit, place })))(
    'notice $case: $metric beyond its limit, or not there',
    ({ place, is, most, least }) => {
      const value = typeof is === 'string' ? 'other' : least === undefined ? (is ?? most!) + 0.01 : least - 1;
      const beyond = within.map((row, index) => (index === place ? { ...row, value } : row));
      expect(brokenLimits(beyond)).toHaveLength(1);
      expect(brokenLimits(within.filter((_, index) => index !== place))).toHaveLength(1);
    },
  );
});

describe('counting the frames of a capture', () => {
  it('finds as many as a reader of the whole file', () => {
    const chunks: Uint8Array[] = [];
    const capture = { file: 'all.pcapng' };
    const text = clusterScenario({ nodes: 3, pods: 2, stop: 3 * SEND_INTERVAL, packets: 2, capture });
    const { run } = buildScenario(text, { openFile: () => (bytes) => chunks.push(bytes.slice()) });
    run.run();
    run.flushCaptures();
    const bytes = Buffer.concat(chunks);
    const path = join(temporaryFolder(), 'all.pcapng');
    writeFileSync(path, bytes);
    const { packets } = readCapture(bytes);
    // each of 12 datagrams goes through ten interfaces; ARP comes on top
    expect(packets.length).toBeGreaterThan(120);
    expect(countFrames(path)).toBe(packets.length);
  });
});
