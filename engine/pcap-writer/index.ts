/** pcap-writer: writes and reads packet captures, pcapng and classic pcap. Depends on nothing. */
export { type Capture, type CapturedInterface, type CapturedPacket, CaptureFormatError } from './capture.ts';
export { Direction } from './direction.ts';
export { LinkType } from './link-type.ts';
export { type PcapOptions, PcapWriter } from './pcap.ts';
export { type CaptureInterface, type PcapngOptions, PcapngWriter } from './pcapng.ts';
export { readCapture } from './reader.ts';
export type { ByteSink } from './record-buffer.ts';
