import type { BenchRow } from './bench-row.ts';
import { find } from './results.ts';

/** What a counter must be; `--smoke` fails otherwise. */
export interface Limit {
  case: string;
  metric: string;
  /** Exactly this. */
  is?: number | string;
  /** At most, and at least. */
  most?: number;
  least?: number;
  /** Why this and no other: what to think about when it no longer holds. */
  reason: string;
}

const SMALL = '10 x 10, 50 datagrams each';
const STEADY = '10 x 10, steady';
const BYTES = 'frames made into bytes';

/**
 * Counters that are the same on every machine, or vary little. When the model is changed on purpose, the counts
 * and prints of the small run change with it: then they are written down anew, after a look at why.
 */
export const LIMITS: readonly Limit[] = [
  { case: SMALL, metric: 'sent', is: 5000, reason: '100 pods send 50 datagrams each' },
  { case: SMALL, metric: 'delivered', is: 5000, reason: 'nothing is congested, so nothing is lost' },
  { case: SMALL, metric: 'packets in flight', is: 0, reason: 'sent = delivered + dropped + in flight' },
];

/** Every limit that is broken, in words. */
export function brokenLimits(rows: readonly BenchRow[]): string[] {
  return LIMITS.flatMap((limit) => {
    const row = find(rows, {
      benchmark: 'counters',
      case: limit.case,
      metric: limit.metric,
      value: 0,
      unit: '',
    });
    if (row === undefined) return [`${limit.case}: ${limit.metric} was not measured`];
    const problem = breach(limit, row.value);
    return problem === undefined ? [] : [`${limit.case}: ${limit.metric} ${problem} (${limit.reason})`];
  });
}

function breach({ is, most, least }: Limit, value: number | string): string | undefined {
  if (is !== undefined && value !== is) return `is ${value}, not ${is}`;
  if (most !== undefined && !(Number(value) <= most)) return `is ${value}, more than ${most}`;
  if (least !== undefined && !(Number(value) >= least)) return `is ${value}, less than ${least}`;
  return undefined;
}
