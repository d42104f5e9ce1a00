import { type BenchRow, rowsOf } from './bench-row.ts';
import { buildScenario } from './build-scenario.ts';
import {
  type ClusterSize,
  clusterName,
  clusterScenario,
  HOPS_PER_DATAGRAM,
  SEND_INTERVAL,
} from './cluster-scenario.ts';
import { liveBytes } from './heap-ledger.ts';
import { sumParts } from './run-part.ts';
import { lengthOf, steadyRun } from './steady-run.ts';

const SIZE = { nodes: 10, pods: 10 };
const PACKETS = 50;

/** What does not depend on the machine: counts, and sizes of what is live. */
export function takeCounters(): BenchRow[] {
  return [...countSmallRun(), ...countSteadyRun(), ...weighPods()];
}

/** A cluster from its first event to its last. */
function countSmallRun(): BenchRow[] {
  const stop = (PACKETS + 1) * SEND_INTERVAL;
  const { run } = buildScenario(clusterScenario({ ...SIZE, packets: PACKETS, stop }));
  run.run();
  const { packetHops, events, packets, flows, fingerprint } = run.result();
  return rowsOf('counters', `${clusterName(SIZE)}, ${PACKETS} datagrams each`, [
    ['sent', flows[0].sent, ''],
    ['delivered', flows[0].received, ''],
    ['packets in flight', packets.inFlight, ''],
    ['packet-hops', packetHops, ''],
    ['events', events, ''],
    ['fingerprint: packets', fingerprint.packets, ''],
    ['fingerprint: timed', fingerprint.timed, ''],
  ]);
}

/** The same once ARP and the compiler are done. */
function countSteadyRun(): BenchRow[] {
  const hopsPerInterval = SIZE.nodes * SIZE.pods * HOPS_PER_DATAGRAM;
  const perRound = 2e6 / hopsPerInterval;
  const course = { interval: SEND_INTERVAL, startUp: PACKETS, warmUp: perRound, perRound, rounds: 1 };
  const measured = steadyRun(clusterScenario({ ...SIZE, stop: lengthOf(course) }), course);
  const steady = sumParts(measured.rounds);
  return rowsOf('counters', `${clusterName(SIZE)}, steady`, [
    ['events per packet-hop', steady.events / steady.hops, ''],
    ['allocated per packet-hop', measured.heap.allocated / steady.hops, 'B'],
    ['old-space collections', measured.heap.oldCollections, ''],
  ]);
}

/** What a pod adds to the heap: an idle one when it is built, a talking one when it has talked. */
function weighPods(): BenchRow[] {
  const small = { nodes: 20, pods: 20 };
  const idle = { nodes: 20, pods: 220, talking: 20 };
  const large = { nodes: 20, pods: 70 };
  const stop = PACKETS * SEND_INTERVAL;
  const built = { small: weigh(small, 0), idle: weigh(idle, 0) };
  const ran = { small: weigh(small, stop), large: weigh(large, stop) };
  return [
    ...rowsOf('counters', clusterName(small), [['live, run', ran.small / 1024, 'KiB']]),
    ...rowsOf('counters', 'pod', [
      ['live, idle and built', (built.idle - built.small) / (20 * 200), 'B'],
      ['live, talked', (ran.large - ran.small) / (20 * 50), 'B'],
    ]),
  ];
}

/** Bytes that a cluster keeps, after it has run until `until`. */
function weigh(size: ClusterSize, until: number): number {
  const before = liveBytes();
  const { run } = buildScenario(clusterScenario({ ...size, stop: Math.max(until, 1) }));
  if (until > 0) run.run({ until });
  const bytes = liveBytes() - before;
  // looking at it here keeps it from being collected before
  if (run.simulation.now !== until) throw new Error('the run has not come to its end');
  return bytes;
}
