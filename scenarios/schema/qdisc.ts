import { z } from 'zod';
import { DEFAULT_PRIOMAP, type QdiscSpec } from '../../models/queueing/qdisc-spec.ts';
import { completeRed, RedMisfit, redParameters } from '../../models/queueing/red-spec.ts';
import { impairmentSpec, impairments } from './impairments.ts';
import { queueLimit } from './queue.ts';
import { section } from './section.ts';
import { count, duration, percent, positiveDuration, rate, size } from './units.ts';

const KINDS = ['pfifo', 'bfifo', 'pfifo_fast', 'prio', 'tbf', 'fq_codel', 'red', 'netem', 'none'] as const;
type Kind = (typeof KINDS)[number];

/** Which keys go with which kind, and which of them a kind needs. */
const KEYS: Readonly<Record<Kind, readonly string[]>> = {
  pfifo: ['limit'],
  bfifo: ['limit'],
  pfifo_fast: [],
  prio: ['bands', 'priomap', 'children'],
  tbf: ['rate', 'burst', 'limit', 'latency', 'children'],
  fq_codel: [
    'limit',
    'flows',
    'target',
    'interval',
    'quantum',
    'ecn',
    'ce_threshold',
    'memory_limit',
    'drop_batch',
  ],
  red: [
    ...['limit', 'min', 'max', 'average', 'burst_packets', 'probability', 'bandwidth'],
    ...['ecn', 'harddrop', 'nodrop', 'children'],
  ],
  netem: ['limit', 'delay', 'rate', 'impairments', 'children'],
  none: [],
};
const NEEDED: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  tbf: ['rate', 'burst'],
  red: ['limit'],
};
/** Kinds whose limit is in packets, and those for which it is in bytes. */
const IN_PACKETS: readonly Kind[] = ['pfifo', 'fq_codel', 'netem'];
const IN_BYTES: readonly Kind[] = ['bfifo', 'tbf', 'red'];

const leafShape = {
  kind: z.enum(KINDS).describe('The discipline, as `tc qdisc` names it; none takes away what is there.'),
  limit: queueLimit
    .optional()
    .describe('What may wait: in packets for pfifo, fq_codel and netem, in bytes for bfifo, tbf and red.'),
  rate: rate.optional().describe('tbf, netem: bits per second. A rate such as 100Mbit.'),
  burst: size.optional().describe('tbf: bytes that may leave at once. A size.'),
  latency: positiveDuration.optional().describe('tbf: longest wait, instead of limit. A duration.'),
  bands: count(2, 16).optional().describe('prio: how many bands. A count. Default 3.'),
  priomap: z
    .array(count(0, 15))
    .length(16)
    .optional()
    .describe('prio: the band of each of the 16 priorities, which follow from the TOS.'),
  flows: count(1, 65536)
    .optional()
    .describe('fq_codel: how many flows it tells apart. A count. Default 1024.'),
  target: positiveDuration.optional().describe('fq_codel: wait that is put up with. Default 5ms.'),
  interval: positiveDuration
    .optional()
    .describe('fq_codel: how long it is put up with longer waits. Default 100ms.'),
  quantum: size.optional().describe('fq_codel: bytes of a turn. Default: the longest frame.'),
  ecn: z
    .boolean()
    .optional()
    .describe('fq_codel, red: mark what can be marked instead of dropping it. Default true for fq_codel.'),
  ce_threshold: positiveDuration
    .optional()
    .describe('fq_codel: mark all that waited longer. Default: never.'),
  memory_limit: size.optional().describe('fq_codel: memory of all packets that wait. Default 32MiB.'),
  drop_batch: count(1, 10_000)
    .optional()
    .describe('fq_codel: packets dropped at once when full. Default 64.'),
  min: size
    .optional()
    .describe('red: average queue from which on packets are marked. Default a third of max.'),
  max: size.optional().describe('red: average queue from which on all are. Default a quarter of limit.'),
  average: size.optional().describe('red: bytes of a packet (avpkt). Default 1000B.'),
  burst_packets: count(1, 1_000_000)
    .optional()
    .describe('red: packets that may come at once. Default as tc.'),
  probability: percent
    .optional()
    .describe('red: share that is marked when the average is at max. Default 2%.'),
  bandwidth: rate.optional().describe('red: by which the average falls while idle. Default 10Mbit.'),
  harddrop: z.boolean().optional().describe('red: drop beyond max even what can be marked. Default false.'),
  nodrop: z.boolean().optional().describe('red: take in what cannot be marked. Default false.'),
  delay: duration.optional().describe('netem: mean delay. A duration. Default 0s.'),
  impairments: impairments.optional().describe('netem: jitter, loss, duplicates and so on.'),
};

const leafSection = section(leafShape);
type Leaf = z.output<typeof leafSection>;
const leaf = leafSection.superRefine(check).meta({ id: 'ClassQdisc' });

/** A queueing discipline, and those of its classes. */
export const qdisc = section({
  ...leafShape,
  children: z
    .record(
      z.string().regex(/^([1-9]|1[0-6])$/, { error: () => 'expected the number of a class from 1 to 16' }),
      leaf,
    )
    .optional()
    .describe('Disciplines in its classes by number: bands of prio from 1 up; 1 for tbf, red and netem.'),
})
  .superRefine((value, context) => {
    check(value, context);
    const classes = value.kind === 'prio' ? (value.bands ?? 3) : 1;
    for (const number of Object.keys(value.children ?? {})) {
      if (Number(number) <= classes) continue;
      const message = `${value.kind} has no class ${number}`;
      context.addIssue({ code: 'custom', path: ['children', number], message, params: { atKey: true } });
    }
  })
  .meta({ id: 'Qdisc' });

export type Qdisc = z.output<typeof qdisc>;

/** Keys go with the kind; what the kind needs is there and fits together. */
function check(value: Leaf, context: z.RefinementCtx): void {
  const { kind } = value;
  const allowed = KEYS[kind];
  for (const key of Object.keys(value)) {
    if (key === 'kind' || allowed.includes(key) || value[key as keyof Leaf] === undefined) continue;
    const expected = allowed.length === 0 ? `nothing but kind: ${kind}` : `one of ${allowed.join(', ')}`;
    const message = `${key} does not go with ${kind}`;
    context.addIssue({ code: 'custom', path: [key], message, params: { atKey: true, expected } });
  }
  for (const key of NEEDED[kind] ?? []) {
    if (value[key as keyof Leaf] !== undefined) continue;
    context.addIssue({ code: 'custom', path: [], message: `${kind} needs ${key}` });
    return;
  }
  checkLimit(value, context);
  const priomap = value.priomap ?? DEFAULT_PRIOMAP;
  if (kind === 'prio' && priomap.some((band) => band >= (value.bands ?? 3))) {
    context.addIssue({ code: 'custom', path: ['priomap'], message: 'there is no such band' });
  }
  if (kind !== 'red') return;
  const misfit = redParameters(redSpec(value));
  if (misfit instanceof RedMisfit) {
    context.addIssue({ code: 'custom', path: [], message: `these do not fit together: ${misfit.message}` });
  }
}

function checkLimit({ kind, limit, latency }: Leaf, context: z.RefinementCtx): void {
  if (kind === 'tbf' && (limit === undefined) === (latency === undefined)) {
    context.addIssue({ code: 'custom', path: [], message: 'tbf needs either limit or latency' });
  }
  if (limit === undefined) return;
  const wrong =
    (IN_PACKETS.includes(kind) && limit.packets === undefined) ||
    (IN_BYTES.includes(kind) && limit.bytes === undefined) ||
    (limit.packets !== undefined && limit.bytes !== undefined);
  if (!wrong) return;
  const expected = IN_PACKETS.includes(kind) ? 'packets such as "100 packets"' : 'bytes such as "64 KiB"';
  context.addIssue({
    code: 'custom',
    path: ['limit'],
    message: `the limit of ${kind} is not in that unit`,
    params: { expected },
  });
}

/** The discipline in the terms of the models; null for none. */
export function qdiscSpec(value: Leaf): QdiscSpec | null {
  const { kind, limit } = value;
  switch (kind) {
    case 'none':
      return null;
    case 'pfifo_fast':
      return { kind };
    case 'pfifo':
      return { kind, limit: limit?.packets ?? 1000 };
    case 'bfifo':
      return { kind, limit: limit?.bytes ?? 1_514_000 };
    case 'prio':
      return { kind, bands: value.bands ?? 3, priomap: value.priomap ?? DEFAULT_PRIOMAP };
    case 'tbf': {
      const bytesPerSecond = Math.max(1, Math.floor(value.rate! / 8));
      const waiting = ((value.latency ?? 0) * bytesPerSecond) / 1e9 + value.burst!;
      return { kind, rate: bytesPerSecond, burst: value.burst!, limit: limit?.bytes ?? Math.floor(waiting) };
    }
    case 'red':
      return { kind, ...redSpec(value) };
    case 'fq_codel':
      return fqCodelSpec(value);
    case 'netem':
      return netemSpec(value);
  }
}

function redSpec(value: Leaf) {
  const { limit, min, max, average = 1000, burst_packets: burst, probability, bandwidth } = value;
  const { ecn, harddrop, nodrop } = value;
  const given = { min, max, burst, probability, ecn, harddrop, nodrop };
  const known = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined));
  const perSecond = bandwidth === undefined ? {} : { bandwidth: bandwidth / 8 };
  return completeRed({ ...known, ...perSecond, limit: limit?.bytes ?? 1, average });
}

function fqCodelSpec(value: Leaf): QdiscSpec {
  const { limit, flows, target, interval, quantum, ecn } = value;
  return {
    kind: 'fq_codel',
    limit: limit?.packets,
    ...{ flows, target, interval, quantum, ecn },
    ceThreshold: value.ce_threshold,
    memoryLimit: value.memory_limit,
    dropBatch: value.drop_batch,
  };
}

function netemSpec({ limit, delay, rate: bits, impairments: bad }: Leaf): QdiscSpec {
  return {
    kind: 'netem',
    limit: limit?.packets,
    delay,
    ...(bits !== undefined && { rate: Math.max(1, Math.floor(bits / 8)) }),
    ...(bad !== undefined && impairmentSpec(bad)),
  };
}
