import { type Capture, type CapturedPacket, CaptureFormatError } from './capture.ts';
import { Direction } from './direction.ts';
import { DEFAULT_SNAP_LENGTH } from './link-type.ts';
import { PCAP_FILE_HEADER_LENGTH, PCAP_RECORD_HEADER_LENGTH } from './pcap.ts';

/** The upper bits of the link type field say whether frames have a frame check sequence. */
const LINK_TYPE_MASK = 0xffff;

/**
 * Reads a classic pcap file whose magic has been recognised.
 *
 * @param fraction - nanoseconds in one unit of the fraction of a second
 * @internal
 */
export function readPcap(bytes: Uint8Array, littleEndian: boolean, fraction: bigint): Capture {
  if (bytes.length < PCAP_FILE_HEADER_LENGTH) throw new CaptureFormatError('pcap header cut off', 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = view.getUint16(4, littleEndian);
  if (major !== 2) throw new CaptureFormatError(`pcap version ${major}, only 2 is known`, 4);
  const snapLength = view.getUint32(16, littleEndian);
  const linkType = view.getUint32(20, littleEndian) & LINK_TYPE_MASK;

  const packets: CapturedPacket[] = [];
  const longest = Math.max(snapLength, DEFAULT_SNAP_LENGTH);
  let offset = PCAP_FILE_HEADER_LENGTH;
  while (bytes.length - offset >= PCAP_RECORD_HEADER_LENGTH) {
    const captured = view.getUint32(offset + 8, littleEndian);
    if (captured > longest) throw new CaptureFormatError(`packet of ${captured} bytes`, offset);
    const start = offset + PCAP_RECORD_HEADER_LENGTH;
    if (captured > bytes.length - start) break;
    const seconds = BigInt(view.getUint32(offset, littleEndian));
    const rest = BigInt(view.getUint32(offset + 4, littleEndian));
    packets.push({
      interfaceId: 0,
      time: seconds * 1_000_000_000n + rest * fraction,
      bytes: bytes.subarray(start, start + captured),
      originalLength: view.getUint32(offset + 12, littleEndian),
      direction: Direction.unknown,
      comment: null,
    });
    offset = start + captured;
  }
  return {
    format: 'pcap',
    interfaces: [{ name: null, description: null, snapLength, linkType }],
    packets,
    truncated: offset < bytes.length,
    hardware: null,
    operatingSystem: null,
    application: null,
  };
}
