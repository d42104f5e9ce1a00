import { hexText, ipv4Text, readUint16 } from './bytes.ts';
import { decodeIpv4 } from './decode-ipv4.ts';
import type { DecodeState } from './decode-state.ts';
import type { FieldList } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';

const HEADER_LENGTH = 14;
const ARP_LENGTH = 28;
/** IEEE 802.1Q and 802.1ad tags. */
const VLAN_TYPES = new Set([0x8100, 0x88a8]);

/**
 * Ethernet II with VLAN tags, and what it carries.
 * @param wireLength bytes on the wire from here on; more than `bytes` when a snap length cut the frame
 */
export function decodeEthernet(
  state: DecodeState,
  bytes: Uint8Array,
  wireLength: number,
  out: FieldList,
): void {
  if (bytes.length < HEADER_LENGTH) {
    out.add('eth.short', new OpaqueBytes(bytes, wireLength));
    return;
  }
  out.add('eth.dst', state.normaliser.mac(bytes, 0));
  out.add('eth.src', state.normaliser.mac(bytes, 6));
  let type = readUint16(bytes, 12);
  let offset = HEADER_LENGTH;
  while (VLAN_TYPES.has(type) && bytes.length >= offset + 4) {
    out.add('vlan.tci', hexText(readUint16(bytes, offset), 4));
    type = readUint16(bytes, offset + 2);
    offset += 4;
  }
  out.add('eth.type', hexText(type, 4));
  const payload = bytes.subarray(offset);
  const payloadWireLength = wireLength - offset;
  if (type === 0x0806 && payload.length >= ARP_LENGTH) decodeArp(state, payload, payloadWireLength, out);
  else if (type === 0x0800 && payload.length >= 20) decodeIpv4(state, payload, payloadWireLength, out, false);
  else out.add('eth.payload', new OpaqueBytes(payload, payloadWireLength));
}

/** ARP for IPv4 over Ethernet (RFC 826). */
function decodeArp(state: DecodeState, bytes: Uint8Array, wireLength: number, out: FieldList): void {
  out.add('arp.htype', readUint16(bytes, 0));
  out.add('arp.ptype', hexText(readUint16(bytes, 2), 4));
  out.add('arp.hlen', bytes[4]);
  out.add('arp.plen', bytes[5]);
  out.add('arp.op', readUint16(bytes, 6));
  out.add('arp.sha', state.normaliser.mac(bytes, 8));
  out.add('arp.spa', ipv4Text(bytes, 14));
  out.add('arp.tha', state.normaliser.mac(bytes, 18));
  out.add('arp.tpa', ipv4Text(bytes, 24));
  out.add('eth.trailer', new OpaqueBytes(bytes.subarray(ARP_LENGTH), wireLength - ARP_LENGTH));
}
