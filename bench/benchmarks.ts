import type { BenchContext } from './bench-context.ts';
import { repeat } from './bench-context.ts';
import type { BenchRow } from './bench-row.ts';
import { type ClusterSize, clusterName } from './cluster-scenario.ts';
import { compareCapture } from './compare-capture.ts';
import { inFreshProcess } from './fresh-process.ts';
import { comparePeers } from './peers/compare-peers.ts';
import { mergeRuns } from './results.ts';

const CLUSTERS: ClusterSize[] = [
  { nodes: 10, pods: 10 },
  { nodes: 100, pods: 10 },
  { nodes: 100, pods: 100 },
  { nodes: 1000, pods: 100 },
  { nodes: 1000, pods: 1000, talking: 100 },
];
const CHAINS = [1, 4, 16];

/** Every benchmark by its name, in the order in which they run. */
export const BENCHMARKS: Record<string, (context: BenchContext) => BenchRow[]> = {
  queue: (context) => inOneProcess(context, 'queue'),
  lookup: (context) => inOneProcess(context, 'lookup'),
  chain: benchChains,
  cluster: benchClusters,
  capture: compareCapture,
  peers: comparePeers,
};

function inOneProcess(context: BenchContext, name: 'queue' | 'lookup'): BenchRow[] {
  return mergeRuns(
    repeat(context, name, context.runs ?? 1, () => inFreshProcess(context.processes, name, {})),
  );
}

function benchChains(context: BenchContext): BenchRow[] {
  return CHAINS.filter((routers) => context.wants(String(routers))).flatMap((routers) => {
    const runs = repeat(context, `chain of ${routers}`, context.runs ?? 1, () =>
      inFreshProcess(context.processes, 'chain', { routers }),
    );
    return mergeRuns(runs);
  });
}

function benchClusters(context: BenchContext): BenchRow[] {
  const sizes = CLUSTERS.filter((size) => context.wants(clusterName(size)));
  if (sizes.length === 0) return [];
  const [base] = repeat(context, 'base', 1, () => inFreshProcess(context.processes, 'base', undefined));
  if (base === undefined) return [];
  return sizes.flatMap((size) => {
    const runs = repeat(context, `cluster ${clusterName(size)}`, context.runs ?? 1, () =>
      inFreshProcess(context.processes, 'cluster', { ...size, baseBuilt: base.built, baseRun: base.run }),
    );
    return mergeRuns(runs);
  });
}
