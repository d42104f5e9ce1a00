import { z } from 'zod';
import { flowName } from './names.ts';
import { section } from './section.ts';
import { sendRate } from './send-rate.ts';
import { trafficCommon } from './traffic-common.ts';
import { incastTraffic } from './traffic-incast.ts';
import { requestTraffic } from './traffic-request.ts';
import { tcpTraffic } from './traffic-tcp.ts';
import { traceTraffic } from './traffic-trace.ts';
import { count, positiveDuration, size } from './units.ts';

const ping = section({
  kind: z.literal('ping').describe('ICMP echo requests and their replies.'),
  ...trafficCommon,
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
  ...trafficCommon,
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
  .record(
    flowName,
    z.discriminatedUnion('kind', [ping, udp, tcpTraffic, requestTraffic, incastTraffic, traceTraffic]),
  )
  .prefault({})
  .describe('Who sends what to whom, by name.');
