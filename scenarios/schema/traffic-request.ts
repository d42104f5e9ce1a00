import { z } from 'zod';
import { section } from './section.ts';
import { eventRate } from './send-rate.ts';
import { trafficCommon } from './traffic-common.ts';
import { drawnMessageSize } from './traffic-sizes.ts';
import { socketKeys } from './traffic-tcp.ts';
import { count, duration, positiveDuration } from './units.ts';

const think = z.union([duration, section({ constant: duration.describe('Always this long. A duration.') })]);

/** Traffic of kind `request`. */
export const requestTraffic = section({
  kind: z.literal('request').describe('Requests and responses over TCP.'),
  ...trafficCommon,
  rate: eventRate
    .optional()
    .describe(
      'Requests of each pair, such as 500/s, whether or not earlier ones are answered (open loop). One of rate, every and users is needed.',
    ),
  every: positiveDuration
    .optional()
    .describe('Mean time between requests of a pair, instead of rate. A duration.'),
  arrivals: z
    .enum(['poisson', 'constant'])
    .prefault('poisson')
    .describe('When requests come, with rate or every. Default poisson.'),
  users: count(1, 100_000)
    .optional()
    .describe(
      'Users of each pair, each with a request at a time (closed loop). A count, instead of rate and every.',
    ),
  think: think
    .prefault('0s')
    .describe(
      'What a user waits between a response and the next request: the mean of an exponential time, or { constant: 1s }. Default 0s.',
    ),
  request: drawnMessageSize
    .prefault('200B')
    .describe(
      'Bytes of a request: 200B, { uniform: [...] }, { exponential: ... }, { log_normal: { mean: 1kB, sigma: 1 } }, { choice: [...] } or { from: { file: sizes.csv } }. Default 200B.',
    ),
  response: drawnMessageSize.prefault('10kB').describe('Bytes of a response, likewise. Default 10kB.'),
  connections: z
    .enum(['reuse', 'per-request'])
    .prefault('reuse')
    .describe('Whether a connection serves many requests, one after the other. Default reuse.'),
  max_connections: count(1, 1_000_000)
    .prefault(100)
    .describe(
      'Connections of a pair at the same time, with rate or every; further requests wait for one. A count. Default 100.',
    ),
  timeout: positiveDuration
    .optional()
    .describe('After this time a request has failed. A duration. Default: when TCP gives up.'),
  requests: count(1, 1e9).optional().describe('Requests of each pair at most. A count. Default: until stop.'),
  ...socketKeys({ port: 8080, noDelay: true }),
}).superRefine(({ rate, every, users }, context) => {
  const given = [rate, every, users].filter((value) => value !== undefined);
  if (given.length === 1) return;
  const params = { expected: 'one of rate: 500/s, every: 2ms and users: 10' };
  const message =
    given.length === 0
      ? 'nothing says how many requests there are'
      : 'too many say how many requests there are';
  context.addIssue({ code: 'custom', message, params });
});
