import { macText, readUint16 } from './bytes.ts';
import { decodeEthernet } from './decode-ethernet.ts';
import type { DecodeState } from './decode-state.ts';
import type { FieldList } from './fields.ts';

/** Port of Weave's routers. */
const SLEEVE_PORT = 6783;
const NAME_LENGTH = 6;
const FRAME_HEADER_LENGTH = 14;
const ETHERNET_HEADER_LENGTH = 14;

export function isSleeve(sourcePort: number, destinationPort: number): boolean {
  return sourcePort === SLEEVE_PORT && destinationPort === SLEEVE_PORT;
}

/**
 * The payload of a sleeve datagram. Where the frames do not fill it to the byte it is taken for encrypted, of which
 * only length and path can be compared: sequence numbers count heartbeats, too.
 * @param wireLength bytes that were on the wire, of which `bytes` may be only the start
 */
export function decodeSleeve(
  state: DecodeState,
  bytes: Uint8Array,
  wireLength: number,
  out: FieldList,
): void {
  out.add('sleeve.sender', macText(bytes, 0));
  const frames = framesIn(bytes, wireLength);
  if (frames === null) {
    out.add('sleeve.sealed.len', wireLength);
    out.add('sleeve.sealed.df', bytes[NAME_LENGTH] >> 7);
    return;
  }
  for (const { start, length } of frames) {
    out.add('sleeve.src', macText(bytes, start - FRAME_HEADER_LENGTH));
    out.add('sleeve.dst', macText(bytes, start - FRAME_HEADER_LENGTH + 6));
    out.add('sleeve.len', length);
    const frame = bytes.subarray(start, Math.min(start + length, bytes.length));
    if (isSpecial(frame)) out.add('sleeve.special', length);
    else decodeEthernet(state, frame, length, out.nested('inner.'));
  }
}

/** Where the frames are; null when they are none. */
function framesIn(bytes: Uint8Array, wireLength: number): { start: number; length: number }[] | null {
  const frames: { start: number; length: number }[] = [];
  let at = NAME_LENGTH;
  while (at < wireLength) {
    if (at + FRAME_HEADER_LENGTH > bytes.length) return null;
    const length = readUint16(bytes, at + 12);
    frames.push({ start: at + FRAME_HEADER_LENGTH, length });
    at += FRAME_HEADER_LENGTH + length;
  }
  return at === wireLength ? frames : null;
}

/** What a router makes up itself has a header of zeros. */
function isSpecial(frame: Uint8Array): boolean {
  return frame.subarray(0, ETHERNET_HEADER_LENGTH).every((byte) => byte === 0);
}
