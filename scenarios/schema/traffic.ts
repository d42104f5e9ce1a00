import { z } from 'zod';
import { endpointReference, flowName } from './names.ts';
import { splitQuantity } from './quantity.ts';
import { section } from './section.ts';
import { Malformed, notA, textValue } from './text-value.ts';
import { count, duration, parseRate, positiveDuration, printRate, size } from './units.ts';

/** How much a flow sends: payload bits, or packets, per second. */
export interface SendRate {
  unit: 'bit' | 'packet';
  perSecond: number;
}

const sendRate = textValue<SendRate>({
  id: 'SendRate',
  type: 'object',
  expected: 'a rate in bits or packets such as 200Mbit or 1000/s',
  pattern: '^\\d+(\\.\\d+)?\\s*([kKMGT]?bit(/s)?|(packets?)?/(s|ms|min|h))$',
  unit: true,
  parse: parseSendRate,
  print: ({ unit, perSecond }) => (unit === 'packet' ? `${perSecond}/s` : printRate(perSecond)),
});

function parseSendRate(text: string): SendRate | Malformed {
  const quantity = splitQuantity(text);
  if (quantity === undefined) return notA('a rate', text);
  const perSecond = { '/ms': 1000, '/s': 1, '/min': 1 / 60, '/h': 1 / 3600 }[
    quantity.unit.replace(/^packets?/, '')
  ];
  const bits = perSecond === undefined ? parseRate(text) : 0;
  if (bits instanceof Malformed) return bits;
  const result: SendRate =
    perSecond === undefined
      ? { unit: 'bit', perSecond: bits }
      : { unit: 'packet', perSecond: Number(quantity.number) * perSecond };
  if (result.perSecond <= 0) return new Malformed('a rate must be above zero');
  // Time is in whole nanoseconds: a flow cannot send more often, and 1e-6/s is less than once in a run.
  if (unitOutOfRange(result)) return new Malformed(`"${text}" is not from 0.000001/s to 1000000000/s`);
  return result;
}

function unitOutOfRange({ unit, perSecond }: SendRate): boolean {
  return unit === 'packet' && (perSecond > 1e9 || perSecond < 1e-6);
}

const oneOrMore = z.union([endpointReference, z.array(endpointReference).min(1)]);

const common = {
  from: oneOrMore.describe('Senders: pod/web-0, pod/web-*, node/node1, or a list of such.'),
  to: oneOrMore.describe('Receivers: pod/web-0, pod/web-*, node/node1, an IPv4 address, or a list of such.'),
  pattern: z
    .enum(['one-to-one', 'all-to-all', 'next-node', 'random'])
    .prefault('one-to-one')
    .describe(
      'Who sends to whom. one-to-one: each sender to the receiver of the same number, starting again where one list is shorter; all-to-all: everyone to everyone but itself; next-node: to the receiver of the same number on the next node; random: each sender to one receiver drawn at random. Default one-to-one.',
    ),
  start: duration.prefault('0s').describe('Time of the first packet. A duration. Default 0s.'),
  stop: duration
    .optional()
    .describe('Time after which nothing is sent. A duration. Default: the end of the run.'),
};

const ping = section({
  kind: z.literal('ping').describe('ICMP echo requests and their replies.'),
  ...common,
  every: positiveDuration.prefault('1s').describe('Time between requests. A duration. Default 1s.'),
  count: count(1, 1e9).optional().describe('Requests that each sender sends. A count. Default: until stop.'),
  size: payload('56B').describe('Data bytes of a request, as ping -s. A size. Default 56B.'),
});

const maxPayload = 65507;

function isPayload(bytes: number): boolean {
  return bytes <= maxPayload;
}

function payload(standard?: string) {
  const bounded = size.refine(isPayload, { error: () => `a datagram holds ${maxPayload} bytes at most` });
  return standard === undefined ? bounded : bounded.prefault(standard);
}

const drawnSize = section({
  uniform: z.tuple([payload(), payload()]).optional().describe('Equally likely from the first to the last.'),
  exponential: payload().optional().describe('Exponential with this mean, cut off at 65507 B.'),
  choice: z.array(payload()).min(1).max(1000).optional().describe('One of these, each equally likely.'),
}).superRefine((size, context) => {
  if (Object.values(size).filter((value) => value !== undefined).length === 1) return;
  const params = { expected: 'one of uniform, exponential, choice' };
  context.addIssue({ code: 'custom', message: 'not one way to draw a size', params });
});

const onOff = section({
  on: positiveDuration.describe('Mean time of sending. A duration.'),
  off: positiveDuration.describe('Mean time of silence. A duration.'),
  distribution: z
    .enum(['exponential', 'constant'])
    .prefault('exponential')
    .describe('How both times are drawn. Default exponential.'),
});

const udp = section({
  kind: z.literal('udp').describe('UDP datagrams in one direction.'),
  ...common,
  arrivals: z
    .union([
      z.enum(['constant', 'poisson']),
      section({ on_off: onOff.describe('Bursts at the rate, and silence.') }),
    ])
    .prefault('constant')
    .describe('When datagrams are sent: constant, poisson, or { on_off: { on, off } }. Default constant.'),
  rate: sendRate
    .optional()
    .describe(
      'What each pair sends: 200Mbit of payload, or 1000/s datagrams. Either rate or every is needed.',
    ),
  every: positiveDuration
    .optional()
    .describe('Mean time between datagrams of a pair, instead of rate. A duration.'),
  size: z
    .union([payload(), drawnSize])
    .prefault('1000B')
    .describe(
      'Payload bytes: 1200B, { uniform: [64B, 1400B] }, { exponential: 500B }, { choice: [...] }. Default 1000B.',
    ),
  packets: count(1, 1e9).optional().describe('Datagrams that each pair sends. A count. Default: until stop.'),
  port: count(1, 65535).prefault(9000).describe('Destination port. A count. Default 9000.'),
  open_port: z
    .boolean()
    .prefault(true)
    .describe(
      'The receiver opens the port. With false, datagrams meet what listens there, or nothing. Default true.',
    ),
}).superRefine((flow, context) => {
  if (flow.rate === undefined && flow.every === undefined) {
    const params = { expected: 'rate: 200Mbit, rate: 1000/s or every: 1ms' };
    context.addIssue({ code: 'custom', message: 'neither rate nor every is given', params });
  }
  if (flow.rate !== undefined && flow.every !== undefined) {
    context.addIssue({ code: 'custom', path: ['every'], message: 'every and rate exclude one another' });
  }
});

/** `traffic`: who sends what to whom, by name. */
export const trafficSection = z
  .record(flowName, z.discriminatedUnion('kind', [ping, udp]))
  .prefault({})
  .describe('Who sends what to whom, by name.');
