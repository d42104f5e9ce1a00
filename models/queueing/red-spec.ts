import { TICK } from './scheduler-tick.ts';

/** Random early detection as `tc qdisc add ... red` describes it. Sizes in bytes. */
export interface RedSpec {
  /** What may wait at all. */
  limit: number;
  /** Average queue from which on packets are marked. */
  min: number;
  /** Average queue from which on all are. */
  max: number;
  /** Of a packet. */
  average: number;
  /** Packets that may come at once without being marked. */
  burst: number;
  /** Share of packets that are marked when the average is at `max`. */
  probability: number;
  /** Bytes per second: how fast the average falls while nothing is sent. */
  bandwidth: number;
  /** Marks what can be marked instead of dropping it. */
  ecn: boolean;
  /** Drops beyond `max` even what can be marked. */
  harddrop: boolean;
  /** Takes in what cannot be marked. */
  nodrop: boolean;
}

/** What the kernel is told of it. */
export interface RedParameters {
  /** The average moves by 2^-Wlog of the difference. */
  wlog: number;
  /** Idle time in cells of 2^cellLog microseconds. */
  cellLog: number;
  /** By how many bits the average falls in so many cells. */
  decay: Uint8Array;
}

/** Why there are no parameters: the words of tc. */
export class RedMisfit {
  constructor(readonly message: string) {}
}

const CELLS = 256;
const MAX_SHIFT = 31;

/** What is absent is worked out as tc does (tc/q_red.c), after Floyd's recommendations. */
export function completeRed(spec: Pick<RedSpec, 'limit' | 'average'> & Partial<RedSpec>): RedSpec {
  const max = spec.max ?? (spec.min === undefined ? Math.floor(spec.limit / 4) : spec.min * 3);
  const min = spec.min ?? Math.floor(max / 3);
  return {
    burst: Math.floor((2 * min + max) / (3 * spec.average)),
    probability: 0.02,
    bandwidth: 1_250_000,
    ecn: false,
    harddrop: false,
    nodrop: false,
    ...spec,
    min,
    max,
  };
}

/** tc/tc_red.c */
export function redParameters(spec: RedSpec): RedParameters | RedMisfit {
  const wlog = averagingWeight(spec);
  if (wlog instanceof RedMisfit) return wlog;
  if (!isProbabilityRepresentable(spec)) return new RedMisfit('RED: failed to calculate probability.');
  const perTick = -Math.log(1 - 2 ** -wlog) / Math.floor(((spec.average / spec.bandwidth) * 1e9) / TICK);
  const longest = MAX_SHIFT / perTick;
  let cellLog = 0;
  while (cellLog < 32 && longest / 2 ** cellLog >= 512) cellLog++;
  if (!(cellLog < 32)) return new RedMisfit('RED: failed to calculate idle damping table.');
  const decay = new Uint8Array(CELLS);
  for (let cell = 1; cell < CELLS - 1; cell++) {
    decay[cell] = Math.min(MAX_SHIFT, Math.floor(cell * 2 ** cellLog * perTick));
  }
  decay[CELLS - 1] = MAX_SHIFT;
  return { wlog, cellLog, decay };
}

/** The greatest weight that lets a burst pass: burst + 1 - min/avpkt < (1 - (1-W)^burst) / W. */
function averagingWeight({ min, average, burst }: RedSpec): number | RedMisfit {
  const above = burst + 1 - min / average;
  if (above < 1) {
    const wanted = 1 + Math.floor(min / average);
    return new RedMisfit(
      `tc_red_eval_ewma() burst ${burst} is too small ? Try burst ${wanted}\n` +
        'RED: failed to calculate EWMA constant.',
    );
  }
  for (let wlog = 1; wlog < 32; wlog++) {
    const weight = 2 ** -wlog;
    if (above <= (1 - (1 - weight) ** burst) / weight) return wlog;
  }
  return new RedMisfit('RED: failed to calculate EWMA constant.');
}

function isProbabilityRepresentable({ min, max, probability }: RedSpec): boolean {
  return max > min && (probability / (max - min)) * 2 ** 31 > 1;
}
