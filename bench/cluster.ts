import { type BenchRow, rowsOf } from './bench-row.ts';
import {
  type ClusterSize,
  clusterName,
  clusterScenario,
  HOPS_PER_DATAGRAM,
  SEND_INTERVAL,
} from './cluster-scenario.ts';
import { courseFor, lengthOf, steadyRows, steadyRun } from './steady-run.ts';

export interface ClusterOptions extends ClusterSize {
  /** Resident bytes of a process with next to no cluster, when it has built it and when it has run it. */
  baseBuilt: number;
  baseRun: number;
}

/** With fewer pods than these, what a process takes by itself drowns what they take. */
const PODS_TO_WEIGH = 1000;

/** Every pod sends to a pod of the next node: pod, bridge, node, switch, node, bridge, pod. */
export function benchCluster(options: ClusterOptions): BenchRow[] {
  const { nodes, pods, talking = pods } = options;
  const course = courseFor(SEND_INTERVAL, nodes * talking * HOPS_PER_DATAGRAM);
  const measured = steadyRun(clusterScenario({ ...options, stop: lengthOf(course) }), course);
  const name = clusterName(options);
  const count = nodes * pods;
  const rows = rowsOf('cluster', name, [
    ['build time', measured.buildTime / 1e9, 's'],
    ['build time: scenario alone', measured.loadTime / 1e9, 's'],
  ]);
  if (count >= PODS_TO_WEIGH) {
    const perPod = (bytes: number, base: number) => (bytes - base) / count;
    rows.push(
      ...rowsOf('cluster', name, [
        ['resident per pod, built', perPod(measured.residentBuilt, options.baseBuilt), 'B'],
        ['resident per pod, run', perPod(measured.residentRun, options.baseRun), 'B'],
        ['resident at most', measured.residentPeak / 2 ** 20, 'MiB'],
      ]),
    );
  }
  return [...rows, ...steadyRows('cluster', name, measured)];
}
