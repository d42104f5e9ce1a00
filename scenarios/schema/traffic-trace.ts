import { z } from 'zod';
import { inputFile } from './input-file.ts';
import { section } from './section.ts';
import { trafficTimes } from './traffic-common.ts';
import { socketKeys } from './traffic-tcp.ts';

/** Traffic of kind `trace`. */
export const traceTraffic = section({
  kind: z.literal('trace').describe('Transfers out of a CSV file, each at its time.'),
  file: inputFile.describe(
    'A CSV file whose first line names its columns: time (seconds, or with a unit), src, dst, bytes; if wanted proto (tcp or udp), sport, dport. Path from the folder of the scenario.',
  ),
  ...trafficTimes,
  protocol: z
    .enum(['tcp', 'udp'])
    .prefault('tcp')
    .describe('Of lines that do not say: tcp, a connection each, or udp, a datagram each. Default tcp.'),
  ...socketKeys({ port: 9200, noDelay: false }),
});
