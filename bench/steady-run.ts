import { type BenchRow, rowsOf } from './bench-row.ts';
import { type BuildOptions, buildScenario } from './build-scenario.ts';
import { HeapLedger, type HeapUse } from './heap-ledger.ts';
import { median } from './median.ts';
import { residentBytes } from './resident.ts';
import { perSecond, type RunPart, runPart, sumParts } from './run-part.ts';

/** How a run is cut: a start-up, a warm-up, and rounds that are measured. In intervals of its senders. */
export interface Course {
  /** Simulated nanoseconds. */
  interval: number;
  /** In which ARP asks, bridges learn and most of the code is compiled. */
  startUp: number;
  /** Until when nothing is measured beside the start-up; ends `warmUp` intervals after the beginning. */
  warmUp: number;
  perRound: number;
  rounds: number;
}

/** Packet-hops after which the code that runs is the optimised one. */
const WARM_UP_HOPS = 4e6;
const START_UP = 50;
const ROUNDS = 5;
const HOPS_PER_ROUND = 4e6;

/** The course of a benchmark whose senders make `hopsPerInterval` packet-hops in each interval. */
export function courseFor(interval: number, hopsPerInterval: number): Course {
  return {
    interval,
    startUp: START_UP,
    warmUp: START_UP + Math.ceil(WARM_UP_HOPS / hopsPerInterval),
    perRound: Math.max(5, Math.ceil(HOPS_PER_ROUND / hopsPerInterval)),
    rounds: ROUNDS,
  };
}

/** Simulated nanoseconds that a course takes. */
export function lengthOf({ interval, warmUp, perRound, rounds }: Course): number {
  return interval * (warmUp + perRound * rounds);
}

export interface SteadyRun {
  /** Wall nanoseconds from the scenario's text to a network ready to run, and of these to its plan. */
  buildTime: number;
  loadTime: number;
  startUp: RunPart;
  rounds: RunPart[];
  /** Of all rounds together. */
  heap: HeapUse;
  /** Resident bytes (`residentBytes`) when the network was built, and when the last round was over. */
  residentBuilt: number;
  residentRun: number;
  /** Of the whole process, at most. */
  residentPeak: number;
  packetHops: number;
  events: number;
  fingerprint: string;
}

/** Builds a scenario, lets it find itself, and measures it once it runs steadily. */
export function steadyRun(scenario: string, course: Course, options: BuildOptions = {}): SteadyRun {
  const { interval, startUp, warmUp, perRound, rounds } = course;
  const { run, buildTime, loadTime } = buildScenario(scenario, options);
  const residentBuilt = residentBytes();
  const first = runPart(run, startUp * interval);
  runPart(run, warmUp * interval);
  const ledger = new HeapLedger();
  const parts: RunPart[] = [];
  for (let round = 1; round <= rounds; round++) {
    parts.push(runPart(run, (warmUp + round * perRound) * interval));
  }
  const heap = ledger.close();
  const residentRun = residentBytes();
  const residentPeak = process.resourceUsage().maxRSS * 1024;
  const { packetHops, events, fingerprint } = run.result();
  return {
    buildTime,
    loadTime,
    startUp: first,
    rounds: parts,
    heap,
    residentBuilt,
    residentRun,
    residentPeak,
    packetHops,
    events,
    fingerprint: `${fingerprint.packets} ${fingerprint.timed}`,
  };
}

/** The figures of a steady run that every benchmark of one has. */
export function steadyRows(benchmark: string, name: string, measured: SteadyRun): BenchRow[] {
  const { startUp, rounds, heap } = measured;
  const steady = sumParts(rounds);
  const hopRates = rounds.map((part) => perSecond(part.hops, part));
  return rowsOf(benchmark, name, [
    ['start-up: packet-hops', perSecond(startUp.hops, startUp), '/s'],
    ['start-up: delivered', perSecond(startUp.delivered, startUp), '/s'],
    ['steady: packet-hops', median(hopRates), '/s'],
    ['steady: packet-hops, best round', Math.max(...hopRates), '/s'],
    ['steady: delivered', median(rounds.map((part) => perSecond(part.delivered, part))), '/s'],
    ['steady: processor', (100 * steady.processor) / steady.wall, '%'],
    ['steady: events per packet-hop', steady.events / steady.hops, ''],
    ['steady: allocated per packet-hop', heap.allocated / steady.hops, 'B'],
    ['steady: young collections', heap.scavenges, ''],
    ['steady: old-space collections', heap.oldCollections, ''],
    ['steady: time in collections', (100 * heap.pause) / steady.wall, '%'],
    ['packet-hops', measured.packetHops, ''],
    ['events', measured.events, ''],
    ['fingerprint', measured.fingerprint, ''],
  ]);
}
