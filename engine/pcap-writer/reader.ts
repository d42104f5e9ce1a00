import { type Capture, CaptureFormatError } from './capture.ts';
import { readPcap } from './pcap-reader.ts';
import { readPcapng } from './pcapng-reader.ts';

/**
 * Reads a capture file: pcapng, or classic pcap with micro- or nanoseconds, in either byte order. A file that
 * ends in the middle of a record, as one does whose writer was stopped, gives everything before it and is
 * marked `truncated`.
 *
 * @param bytes - the whole file; the packets of the answer are views of it
 * @throws CaptureFormatError when it is no capture file, or one with a record that makes no sense
 */
export function readCapture(bytes: Uint8Array): Capture {
  if (bytes.length < 4) throw new CaptureFormatError('too short for a capture file', 0);
  const magic = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  switch (magic) {
    case 0x0a0d0d0a:
      return readPcapng(bytes);
    case 0xa1b2c3d4:
      return readPcap(bytes, false, 1000n);
    case 0xd4c3b2a1:
      return readPcap(bytes, true, 1000n);
    case 0xa1b23c4d:
      return readPcap(bytes, false, 1n);
    case 0x4d3cb2a1:
      return readPcap(bytes, true, 1n);
    default:
      if (magic >>> 16 === 0x1f8b) throw new CaptureFormatError('compressed with gzip: unpack it first', 0);
      throw new CaptureFormatError(
        `no capture file: it begins with 0x${magic.toString(16).padStart(8, '0')}`,
        0,
      );
  }
}
