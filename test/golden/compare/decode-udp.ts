import { hexText, readUint16 } from './bytes.ts';
import { decodeEthernet } from './decode-ethernet.ts';
import { decodeSleeve, isSleeve } from './decode-sleeve.ts';
import type { DecodeState, IpContext } from './decode-state.ts';
import type { FieldList } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';
import { addTransportChecksum } from './transport-checksum.ts';

const HEADER_LENGTH = 8;
const VXLAN_HEADER_LENGTH = 8;
/** IANA's port of VXLAN (RFC 7348), the kernel's older default, and Weave's. */
const VXLAN_PORTS = new Set([4789, 8472, 6784]);
const VXLAN_VNI_PRESENT = 0x08;

/** UDP (RFC 768) and VXLAN or sleeve over it; `bytes` has at least 8. */
export function decodeUdp(state: DecodeState, bytes: Uint8Array, context: IpContext, out: FieldList): void {
  const destinationPort = readUint16(bytes, 2);
  out.add('udp.sport', state.normaliser.port(readUint16(bytes, 0)));
  out.add('udp.dport', state.normaliser.port(destinationPort));
  out.add('udp.len', readUint16(bytes, 4));
  if (context.whole !== undefined) {
    addTransportChecksum(context.protocol, context.addresses, context.whole, out);
  } else if (context.quoted) {
    out.add('udp.checksum.zero', readUint16(bytes, 6) === 0 ? 1 : 0);
  }
  const { quoted, wireLength } = context;
  if (isVxlan(destinationPort, bytes, context)) decodeVxlan(state, bytes, context, out);
  else if (!quoted && isSleeve(readUint16(bytes, 0), destinationPort) && bytes.length >= HEADER_LENGTH + 6) {
    decodeSleeve(state, bytes.subarray(HEADER_LENGTH), wireLength - HEADER_LENGTH, out);
  } else
    out.add(
      'udp.payload',
      new OpaqueBytes(bytes.subarray(HEADER_LENGTH), context.wireLength - HEADER_LENGTH),
    );
}

function isVxlan(destinationPort: number, bytes: Uint8Array, context: IpContext): boolean {
  if (context.quoted || !VXLAN_PORTS.has(destinationPort)) return false;
  return (
    bytes.length >= HEADER_LENGTH + VXLAN_HEADER_LENGTH && (bytes[HEADER_LENGTH] & VXLAN_VNI_PRESENT) !== 0
  );
}

function decodeVxlan(state: DecodeState, bytes: Uint8Array, context: IpContext, out: FieldList): void {
  out.add('vxlan.flags', hexText(bytes[8], 2));
  out.add('vxlan.vni', bytes[12] * 0x10000 + readUint16(bytes, 13));
  const reserved = [bytes[9], bytes[10], bytes[11], bytes[15]];
  out.add('vxlan.reserved', Buffer.from(reserved).toString('hex'));
  const inner = HEADER_LENGTH + VXLAN_HEADER_LENGTH;
  decodeEthernet(state, bytes.subarray(inner), context.wireLength - inner, out.nested('inner.'));
}
