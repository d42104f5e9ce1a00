import { CaptureFormatError, LinkType, readCapture } from '../../../engine/pcap-writer/index.ts';
import type { CapturedFrame } from './decode.ts';

/**
 * The frames of a capture file, classic pcap or pcapng.
 * @throws CaptureFormatError when it is no capture file, is not of Ethernet, or ends in the middle of a
 *   record: what is cut off could be the difference
 */
export function readFrames(file: Uint8Array): CapturedFrame[] {
  const { interfaces, packets, truncated } = readCapture(file);
  if (truncated) throw new CaptureFormatError('capture cut off', file.length);
  for (const { linkType } of interfaces) {
    if (linkType !== LinkType.ethernet)
      throw new CaptureFormatError(`link type ${linkType}, not Ethernet`, 0);
  }
  // the reader gives 0 for packets without a time stamp
  const timed = packets.some(({ time }) => time !== 0n);
  return packets.map(({ time, bytes, originalLength }) => ({
    time: timed ? time : undefined,
    bytes,
    originalLength,
  }));
}
