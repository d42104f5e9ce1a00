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
/** Headers (`tcpdump -s 96`), written by a thread and, as where there is one core, without it; whole frames. */
const VARIANTS = [
  { name: 'headers (96 B of each frame)', snaplen: 96, thread: true },
  { name: 'headers, without the thread', snaplen: 96, thread: false },
  { name: 'whole frames', snaplen: 0, thread: true },
];
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
    with: VARIANTS.map(({ snaplen, thread }) =>
      inFreshProcess(context.processes, 'capture', { ...size, folder, snaplen, thread }),
    ),
  }));
  if (runs.length === 0) return [];
  const without = runs.map((run) => run.without);
  const rows = rowsOf('capture', `${name}, nothing captured`, [
    ['packet-hops', median(without.map(({ hops, wall }) => hops / (wall / 1e9))), '/s'],
  ]);
  for (const [place, variant] of VARIANTS.entries()) {
    const captured = runs.map((run) => run.with[place]);
    rows.push(...captureRows(`${name}, ${variant.name}`, captured, without));
  }
  return rows;
}

function captureRows(name: string, captured: CaptureRun[], without: CaptureRun[]): BenchRow[] {
  const { hops, frames, bytes } = captured[0];
  // a run with whole frames is a shorter one: by the packet-hop
  const wall = median(captured.map((run) => run.wall / run.hops));
  const plain = median(without.map((run) => run.wall / run.hops));
  const processor = median(captured.map((run) => run.processor / run.hops));
  const plainProcessor = median(without.map((run) => run.processor / run.hops));
  const perHop = frames / hops;
  return rowsOf('capture', name, [
    ['packet-hops', 1e9 / wall, '/s'],
    ['frames captured per packet-hop', perHop, ''],
    ['bytes per frame', bytes / frames, 'B'],
    ['time more per captured frame', (wall - plain) / perHop, 'ns'],
    ['processor time more per captured frame', (processor - plainProcessor) / perHop, 'ns'],
    ['of the time, the disk alone', median(captured.map((run) => run.diskAlone)) / frames, 'ns'],
    ['ratio of time', wall / plain, 'x'],
    ['ratio of processor time', processor / plainProcessor, 'x'],
  ]);
}
