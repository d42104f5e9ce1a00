import { z } from 'zod';
import { section } from './section.ts';
import { trafficCommon } from './traffic-common.ts';
import { messageSize, socketKeys } from './traffic-tcp.ts';
import { count, duration } from './units.ts';

/** Traffic of kind `incast`. */
export const incastTraffic = section({
  kind: z
    .literal('incast')
    .describe('Many to one over TCP: a receiver asks all its senders for a block at once, round by round.'),
  ...trafficCommon,
  block: messageSize
    .prefault('256 KiB')
    .describe('What each sender sends in a round. A size. Default 256 KiB.'),
  rounds: count(1, 1e9).optional().describe('Rounds of each receiver. A count. Default: until stop.'),
  pause: duration
    .prefault('0s')
    .describe('From the last block of a round to the next request. A duration. Default 0s.'),
  ...socketKeys({ port: 9100, noDelay: true }),
});
