import type { ScenarioRun } from '../scenarios/index.ts';
import { type BenchRow, rowsOf } from './bench-row.ts';
import { buildScenario } from './build-scenario.ts';
import {
  type ClusterSize,
  clusterName,
  clusterScenario,
  HOPS_PER_DATAGRAM,
  SEND_INTERVAL,
} from './cluster-scenario.ts';
import { HeapLedger, liveBytes } from './heap-ledger.ts';
import { runPart } from './run-part.ts';

const SIZE = { nodes: 10, pods: 10 };
const PACKETS = 50;
const ROUNDS = 10;
const HOPS_PER_ROUND = 1e6;

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

/**
 * The same once ARP and the compiler are done. When the compiler is done depends on the machine after all: what
 * it allocates shows in some rounds, so the one with the least tells what the simulator does.
 */
function countSteadyRun(): BenchRow[] {
  const perRound = (HOPS_PER_ROUND / (SIZE.nodes * SIZE.pods * HOPS_PER_DATAGRAM)) * SEND_INTERVAL;
  const { run } = buildScenario(clusterScenario({ ...SIZE, stop: (ROUNDS + 2) * perRound }));
  runPart(run, 2 * perRound);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const ledger = new HeapLedger();
    const part = runPart(run, (round + 3) * perRound);
    return { ...part, ...ledger.close() };
  });
  return rowsOf('counters', `${clusterName(SIZE)}, steady`, [
    ['events per packet-hop', Math.max(...rounds.map(({ events, hops }) => events / hops)), ''],
    ['allocated per packet-hop', Math.min(...rounds.map(({ allocated, hops }) => allocated / hops)), 'B'],
    ['old-space collections', rounds.reduce((sum, { oldCollections }) => sum + oldCollections, 0), ''],
  ]);
}

/** What a pod adds to the heap: an idle one when it is built, a talking one when it has talked. */
function weighPods(): BenchRow[] {
  const small = { nodes: 20, pods: 20 };
  const idle = { nodes: 20, pods: 220, talking: 20 };
  const large = { nodes: 20, pods: 70 };
  const stop = PACKETS * SEND_INTERVAL;
  // what code and caches take is there before anything is weighed
  for (const size of [idle, large]) weigh(size, stop);
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

/** Clusters that were weighed: were one collected while the next is weighed, that would count as negative. */
const weighed: ScenarioRun[] = [];

/** Bytes that a cluster keeps, after it has run until `until`. */
function weigh(size: ClusterSize, until: number): number {
  const before = liveBytes();
  const { run } = buildScenario(clusterScenario({ ...size, stop: Math.max(until, 1) }));
  weighed.push(run);
  if (until > 0) run.run({ until });
  return liveBytes() - before;
}
