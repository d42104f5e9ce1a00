import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchContext, repeat } from './bench-context.ts';
import { type BenchRow, rowsOf } from './bench-row.ts';
import type { CaptureRun } from './capture.ts';
import { type ClusterSize, clusterName } from './cluster-scenario.ts';
import { inFreshProcess } from './fresh-process.ts';
import { median } from './median.ts';

const SIZES: ClusterSize[] = [
  { nodes: 10, pods: 10 },
  { nodes: 100, pods: 100 },
];
/** Whole frames, and as much as all headers take (`tcpdump -s 96`). */
const SNAP_LENGTHS = [0, 96];
const RUNS = 3;
const RAM_DISK = '/dev/shm';

/** Clusters with every interface captured to pcapng on a RAM disk, by turns with the same without. */
export function compareCapture(context: BenchContext): BenchRow[] {
  const folder = mkdtempSync(join(RAM_DISK, 'podwire-bench-'));
  try {
    return SIZES.filter((size) => context.wants(clusterName(size))).flatMap((size) =>
      compareSize(context, size, folder),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compareSize(context: BenchContext, size: ClusterSize, folder: string): BenchRow[] {
  const name = clusterName(size);
  const runs = repeat(context, `capture ${name}`, context.runs ?? RUNS, () => ({
    without: inFreshProcess(context.processes, 'capture', { ...size, folder }),
    with: SNAP_LENGTHS.map((snaplen) =>
      inFreshProcess(context.processes, 'capture', { ...size, folder, snaplen }),
    ),
  }));
  if (runs.length === 0) return [];
  const without = runs.map((run) => run.without);
  const rows = rowsOf('capture', `${name}, nothing captured`, [
    ['packet-hops', median(without.map(({ hops, wall }) => hops / (wall / 1e9))), '/s'],
  ]);
  for (const [place, snaplen] of SNAP_LENGTHS.entries()) {
    const length = snaplen === 0 ? 'whole frames' : `headers (${snaplen} B of each frame)`;
    const captured = runs.map((run) => run.with[place]);
    rows.push(...captureRows(`${name}, ${length}`, captured, without));
  }
  return rows;
}

function captureRows(name: string, captured: CaptureRun[], without: CaptureRun[]): BenchRow[] {
  const { hops, frames, bytes } = captured[0];
  const wall = median(captured.map((run) => run.wall));
  const plain = median(without.map((run) => run.wall));
  const processor = median(captured.map((run) => run.processor));
  const plainProcessor = median(without.map((run) => run.processor));
  return rowsOf('capture', name, [
    ['packet-hops', hops / (wall / 1e9), '/s'],
    ['frames captured per packet-hop', frames / hops, ''],
    ['bytes per frame', bytes / frames, 'B'],
    ['time more per captured frame', (wall - plain) / frames, 'ns'],
    ['processor time more per captured frame', (processor - plainProcessor) / frames, 'ns'],
    ['of the time, the disk alone', median(captured.map((run) => run.diskAlone)) / frames, 'ns'],
    ['ratio of time', wall / plain, 'x'],
    ['ratio of processor time', processor / plainProcessor, 'x'],
  ]);
}
