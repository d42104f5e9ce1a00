import type { BenchRow } from './bench-row.ts';
import { buildScenario } from './build-scenario.ts';
import {
  type ClusterSize,
  clusterName,
  clusterScenario,
  HOPS_PER_DATAGRAM,
  SEND_INTERVAL,
} from './cluster-scenario.ts';
import { HeapLedger, liveBytes } from './heap-ledger.ts';
import { median } from './median.ts';
import { perSecond, type RunPart, runPart, sumParts } from './run-part.ts';

export interface ClusterOptions extends ClusterSize {
  /** Resident bytes of a process that does the same with next to no cluster, after building and after running. */
  baseBuilt?: number;
  baseRun?: number;
  /** Packet-hops of one measured round, about; there are `rounds` of them. Default 4 million and 5. */
  hopsPerRound?: number;
  rounds?: number;
}

/** Datagrams per pod of the part in which ARP asks, bridges learn and the code is compiled. */
const START_UP = 50;
/** Packet-hops after which the code that runs is the optimised one. */
const WARM_UP_HOPS = 4e6;

/** Builds a cluster, lets it find itself, and measures it once it runs steadily. */
export function benchCluster(options: ClusterOptions): BenchRow[] {
  const { nodes, pods, talking = pods, hopsPerRound = 4e6, rounds = 5 } = options;
  const hopsPerInterval = nodes * talking * HOPS_PER_DATAGRAM;
  const warmUp = START_UP + Math.ceil(WARM_UP_HOPS / hopsPerInterval);
  const perRound = Math.max(5, Math.ceil(hopsPerRound / hopsPerInterval));
  const intervals = warmUp + rounds * perRound;
  const { run, loadTime, buildTime } = buildScenario(
    clusterScenario({ ...options, stop: intervals * SEND_INTERVAL }),
  );
  const built = process.memoryUsage.rss();
  const startUp = runPart(run, START_UP * SEND_INTERVAL);
  runPart(run, warmUp * SEND_INTERVAL);
  const ledger = new HeapLedger();
  const parts: RunPart[] = [];
  for (let round = 1; round <= rounds; round++) {
    parts.push(runPart(run, (warmUp + round * perRound) * SEND_INTERVAL));
  }
  const heap = ledger.close();
  const ran = process.memoryUsage.rss();
  const peak = process.resourceUsage().maxRSS * 1024;
  const { packetHops, events, fingerprint } = run.result();
  const steady = sumParts(parts);
  const rates = parts.map((part) => perSecond(part.hops, part));
  const podCount = nodes * pods;
  const row = (metric: string, value: number | string, unit: string): BenchRow => {
    return { benchmark: 'cluster', case: clusterName(options), metric, value, unit };
  };
  return [
    row('build time', buildTime / 1e9, 's'),
    row('build time: scenario', loadTime / 1e9, 's'),
    row('start-up: packet-hops', perSecond(startUp.hops, startUp), '/s'),
    row('start-up: delivered', perSecond(startUp.delivered, startUp), '/s'),
    row('steady: packet-hops', median(rates), '/s'),
    row('steady: packet-hops, best round', Math.max(...rates), '/s'),
    row('steady: delivered', median(parts.map((part) => perSecond(part.delivered, part))), '/s'),
    row('steady: events per packet-hop', steady.events / steady.hops, ''),
    row('steady: allocated per packet-hop', heap.allocated / steady.hops, 'B'),
    row('steady: young collections', heap.scavenges, ''),
    row('steady: old-space collections', heap.oldCollections, ''),
    row('steady: time in collections', (100 * heap.pause) / steady.wall, '%'),
    row('resident per pod, built', (built - (options.baseBuilt ?? 0)) / podCount, 'B'),
    row('resident per pod, run', (ran - (options.baseRun ?? 0)) / podCount, 'B'),
    row('resident at most', peak / 2 ** 20, 'MiB'),
    row('live, run', liveBytes() / 2 ** 20, 'MiB'),
    row('packet-hops', packetHops, ''),
    row('events', events, ''),
    row('fingerprint', `${fingerprint.packets} ${fingerprint.timed}`, ''),
  ];
}
