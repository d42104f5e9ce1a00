import { DropReason } from '../../drop-reason.ts';
import { ipHeaderLength, isFragment, type Packet, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { ipPayloadBytes } from '../../wire/frame-bytes.ts';
import type { Interface } from '../interface/interface.ts';
import { corruptionOfPart } from './corruption.ts';
import { sendIcmpError } from './icmp-error.ts';
import { optionsOfLaterFragments } from './ip-options-output.ts';

/**
 * Cuts a packet that is longer than `mtu` into fragments (RFC 791; Linux `ip_do_fragment`) and hands each to
 * `output`. One with DF set is refused instead, and its sender told (RFC 1191).
 */
export function fragment(
  iface: Interface,
  packet: Packet,
  mtu: number,
  output: (iface: Interface, packet: Packet) => void,
): void {
  const network = iface.namespace.network;
  const { netfilter: state } = packet;
  const geometry = state === null ? null : state.fragments;
  if (packet.dontFragment && (geometry === null || state!.longestFragment > mtu)) {
    sendIcmpError.fragmentationNeeded(iface.namespace, packet, mtu);
    network.drop(packet, DropReason.packetTooBig, iface);
    return;
  }
  const { corruption } = packet;
  const header = ipHeaderLength(packet);
  const bytes = ipPayloadBytes(packet, network.macs);
  // every fragment but the last carries a multiple of eight bytes
  const room = (mtu - ipHeaderLength(packet)) & ~7;
  const asBefore = geometry?.every((length) => length + ipHeaderLength(packet) <= mtu) === true;
  for (let from = 0, place = 0, length = 0; from < bytes.length; from += length, place++) {
    length = asBefore ? geometry[place] : room;
    const piece = bytes.subarray(from, Math.min(from + length, bytes.length));
    const last = from + length >= bytes.length;
    const part = last ? packet : network.pool.copyPart(packet);
    becomeFragment(part, packet, piece, from, last);
    if (corruption !== null) part.corruption = corruptionOfPart(corruption, header, part, from);
    output(iface, part);
  }
}

function becomeFragment(part: Packet, whole: Packet, piece: Uint8Array, from: number, last: boolean): void {
  const base = isFragment(whole) ? whole.fragmentOffset : 0;
  const moreBehind = isFragment(whole) && whole.moreFragments;
  part.route = whole.route;
  part.nexthop = whole.nexthop;
  part.nexthopAddress = whole.nexthopAddress;
  if (part.netfilter !== null) {
    part.netfilter.fragments = null;
    part.netfilter.longestFragment = 0;
  }
  if (from > 0 && whole.options !== null) part.options = optionsOfLaterFragments(whole.options);
  part.payload = new BytesPayload(piece);
  part.payloadLength = piece.length;
  part.tcp = null;
  part.fragmentOffset = base + from;
  part.moreFragments = !last || moreBehind;
  updateIpLength(part);
}
