import { z } from 'zod';
import { byteCount } from './byte-count.ts';
import { checkFileName } from './file-name.ts';
import { interfaceReference } from './names.ts';
import { section } from './section.ts';
import { textValue } from './text-value.ts';

const fileName = textValue<string>({
  id: 'CaptureFile',
  type: 'string',
  expected: 'a file name inside the output folder such as underlay.pcapng or {node}-{interface}.pcapng',
  pattern: '^[A-Za-z0-9_{}.-]+(/[A-Za-z0-9_{}.-]+)*$',
  parse: checkFileName,
  print: (name) => name,
});

const capture = section({
  interface: z
    .union([interfaceReference, z.array(interfaceReference).min(1)])
    .describe('Where: node1:eth0, node*:eth0, pod/web-*:eth0, lan:*, or a list of such.'),
  file: fileName.describe(
    'File in the output folder. {node}, {host} and {interface} stand for the node, the node, pod, router or switch itself, and the interface: one file each.',
  ),
  format: z
    .enum(['pcapng', 'pcap'])
    .prefault('pcapng')
    .describe('pcapng holds many interfaces, pcap one. Default pcapng.'),
  snaplen: byteCount(16, 262144).prefault(262144).describe('Bytes kept of each frame. Default 262144: all.'),
  filter: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .describe('What to keep, as tcpdump words it: "arp or udp port 53".'),
});

/** `captures`: which frames are written to files. */
export const capturesSection = z
  .array(capture)
  .max(10_000)
  .prefault([])
  .describe('Frames written to capture files.');
