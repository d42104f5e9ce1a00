import { z } from 'zod';
import { endpointReference } from './names.ts';
import { duration } from './units.ts';

const oneOrMore = z.union([endpointReference, z.array(endpointReference).min(1)]);

/** When traffic of any kind goes on. */
export const trafficTimes = {
  start: duration.prefault('0s').describe('Time of the first packet. A duration. Default 0s.'),
  stop: duration
    .optional()
    .describe('Time after which nothing is sent. A duration. Default: the end of the run.'),
};

/** Who sends to whom, and when. */
export const trafficCommon = {
  from: oneOrMore.describe('Senders: pod/web-0, pod/web-*, node/node1, or a list of such.'),
  to: oneOrMore.describe('Receivers: pod/web-0, pod/web-*, node/node1, an IPv4 address, or a list of such.'),
  pattern: z
    .enum(['one-to-one', 'all-to-all', 'next-node', 'random'])
    .prefault('one-to-one')
    .describe(
      'Who sends to whom. one-to-one: each sender to the receiver of the same number, starting again where one list is shorter; all-to-all: everyone to everyone but itself; next-node: to the receiver of the same number on the next node; random: each sender to one receiver drawn at random. Default one-to-one.',
    ),
  ...trafficTimes,
};
