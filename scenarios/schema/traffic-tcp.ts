import { z } from 'zod';
import { MESSAGE_HEADER_LENGTH } from '../../models/traffic/tcp/message.ts';
import { byteCount } from './byte-count.ts';
import { section } from './section.ts';
import { trafficCommon } from './traffic-common.ts';
import { count, size } from './units.ts';

/** 1 TiB. */
export const MESSAGE_MAX = 2 ** 40;

/** Bytes that an application sends in one go over TCP. */
export const messageSize = size.refine(isMessageSize, {
  error: () => `a message has from ${MESSAGE_HEADER_LENGTH} B, which say what it is, to 1 TiB`,
});

function isMessageSize(bytes: number): boolean {
  return bytes >= MESSAGE_HEADER_LENGTH && bytes <= MESSAGE_MAX;
}

/** What all traffic over TCP may set of its sockets; at the receiver the first traffic to a port sets them. */
export function socketKeys(defaults: { port: number; noDelay: boolean }) {
  const { port, noDelay } = defaults;
  return {
    port: count(1, 65535).prefault(port).describe(`Destination port. A count. Default ${port}.`),
    open_port: z
      .boolean()
      .prefault(true)
      .describe(
        'The receiver listens on the port, from the beginning of the traffic on. With false, connections meet what listens there, or nothing. Default true.',
      ),
    congestion_control: z
      .string()
      .optional()
      .describe(
        'Congestion control of both ends, such as reno or cubic. Default: net.ipv4.tcp_congestion_control.',
      ),
    mss: byteCount(48, 65495)
      .optional()
      .describe(
        'Largest number of data bytes in a segment (TCP_MAXSEG), time stamps counted. Default: as the MTU allows.',
      ),
    no_delay: z
      .boolean()
      .prefault(noDelay)
      .describe(
        `Small segments do not wait for acknowledgements (TCP_NODELAY: no rule of Nagle). Default ${noDelay}.`,
      ),
    send_buffer: size
      .optional()
      .describe('SO_SNDBUF of both ends. A size. Default: grows as net.ipv4.tcp_wmem says.'),
    receive_buffer: size
      .optional()
      .describe('SO_RCVBUF of both ends. A size. Default: grows as net.ipv4.tcp_rmem says.'),
  };
}

/** Traffic of kind `tcp`. */
export const tcpTraffic = section({
  kind: z.literal('tcp').describe('Bulk transfers over TCP.'),
  ...trafficCommon,
  bytes: messageSize
    .optional()
    .describe(
      'What each pair transfers, over all its connections together. A size. Default: as much as goes until stop.',
    ),
  parallel: count(1, 1000)
    .prefault(1)
    .describe('Connections of a pair at the same time. A count. Default 1.'),
  ...socketKeys({ port: 5201, noDelay: false }),
}).superRefine(({ bytes, parallel }, context) => {
  if (parallel === 1 || bytes === undefined || bytes >= parallel * MESSAGE_HEADER_LENGTH) return;
  const params = { expected: `at least ${MESSAGE_HEADER_LENGTH} B for each of ${parallel} connections` };
  context.addIssue({ code: 'custom', path: ['bytes'], message: 'too little to share', params });
});
