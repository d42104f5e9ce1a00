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
  {
    case: SMALL,
    metric: 'packet-hops',
    is: 21220,
    reason: '4 for each of 5000 datagrams; the others are ARP, mostly its floods of the pod bridges',
  },
  {
    case: SMALL,
    metric: 'events',
    is: 15220,
    reason: 'a flow is started; a datagram is sent and comes off two cables; a hop without delay is no event',
  },
  {
    case: SMALL,
    metric: 'fingerprint: packets',
    is: 'a5ab0db7f56c7206',
    reason: 'every frame on every link is what it was',
  },
  {
    case: SMALL,
    metric: 'fingerprint: timed',
    is: '873444890e7353ab',
    reason: 'every frame crosses its link at the time at which it did',
  },
  {
    case: STEADY,
    metric: 'events per packet-hop',
    most: 0.751,
    reason: '3 events for 4 hops, and a few timers of neighbours',
  },
  {
    case: STEADY,
    metric: 'allocated per packet-hop',
    most: 12,
    reason:
      'a packet on its way allocates nothing (0.3 is usual); on a busy machine code is compiled late, and allocates until then',
  },
  {
    case: STEADY,
    metric: 'old-space collections',
    most: 0,
    reason: 'nothing that a steady run makes lives long',
  },
  { case: '20 x 20', metric: 'live, run', most: 2600, reason: 'the heap of a small cluster, in KiB' },
  {
    case: 'pod',
    metric: 'live, idle and built',
    most: 1500,
    reason:
      'a namespace, a veth pair, an address and two routes: more means state that could wait for its use',
  },
  {
    case: 'pod',
    metric: 'live, talked',
    most: 5200,
    reason: 'as before and a flow, its statistics, sockets, neighbours and remembered path',
  },
  { case: BYTES, metric: 'calls, nothing captured', is: 0, reason: 'nobody looks, so no bytes are made' },
  {
    case: BYTES,
    metric: 'calls, everything captured',
    least: 1000,
    reason: 'or else the counting of calls does not work',
  },
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
