import type { ScenarioRun } from '../scenarios/index.ts';

/** What happened in a part of a run. */
export interface RunPart {
  /** Wall nanoseconds. */
  wall: number;
  /** Nanoseconds of processor time, those of helping threads (compiler, collector) among them. */
  processor: number;
  hops: number;
  events: number;
  /** Datagrams that arrived at a socket of their flow. */
  delivered: number;
}

/** Runs on to `until` (simulated nanoseconds) and tells what happened meanwhile. */
export function runPart(run: ScenarioRun, until: number): RunPart {
  const { network } = run.built;
  const [hops, events, delivered] = [network.hops, run.simulation.events, deliveredOf(run)];
  const used = process.cpuUsage();
  const begun = process.hrtime.bigint();
  run.run({ until });
  const wall = Number(process.hrtime.bigint() - begun);
  const { user, system } = process.cpuUsage(used);
  return {
    wall,
    processor: (user + system) * 1000,
    hops: network.hops - hops,
    events: run.simulation.events - events,
    delivered: deliveredOf(run) - delivered,
  };
}

/** Several parts as one. */
export function sumParts(parts: readonly RunPart[]): RunPart {
  const sum = { wall: 0, processor: 0, hops: 0, events: 0, delivered: 0 };
  for (const part of parts) {
    sum.wall += part.wall;
    sum.processor += part.processor;
    sum.hops += part.hops;
    sum.events += part.events;
    sum.delivered += part.delivered;
  }
  return sum;
}

/** What a count comes to in a second of wall time. */
export function perSecond(count: number, { wall }: RunPart): number {
  return count / (wall / 1e9);
}

function deliveredOf(run: ScenarioRun): number {
  let delivered = 0;
  for (const { pairs } of run.traffic) for (const pair of pairs) delivered += pair.statistics.receivedPackets;
  return delivered;
}
