import { isFragment, type Packet } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import { ICMP_HEADER_LENGTH, IcmpType } from '../../wire/icmp.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from '../../wire/ipv4.ts';
import { type Ipv4Address, isMulticast } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import { tooBigError } from '../ipv4/too-big-error.ts';
import { Traced } from '../path-memo/path-memo.ts';
import { answered } from './tunnel-info.ts';

/** No error is longer than this, IP header included, and no path is believed to be narrower (RFC 1812, 4.3.2.3). */
const ERROR_LENGTH_MAX = 576;

/**
 * A packet with DF that comes from a bridge does not fit into a tunnel: its sender is told in the name of whom it was for, by a frame
 * that comes out of the tunnel's interface (Linux `iptunnel_pmtud_check_icmp`, `iptunnel_pmtud_build_icmp`).
 * @param mtu what would have fitted, bytes
 * @returns false when nobody is to be told; the packet is then still the caller's
 */
export function answerTooBig(iface: Interface, packet: Packet, mtu: number): boolean {
  if (mtu < ERROR_LENGTH_MAX || !mayBeTold(packet)) return false;
  const { network } = iface.namespace;
  const quote = quoteOf(iface, packet);
  const error = tooBigError(network, packet, mtu, quote);
  error.dontFragment = true;
  error.hopsNow = packet.hopsNow;
  error.traced = packet.traced & Traced.explained;
  if (packet.tunnelInfo !== null) error.tunnelInfo = answered(packet.tunnelInfo);
  network.backlog.push(error, iface.id);
  return true;
}

function mayBeTold(packet: Packet): boolean {
  const { ipSource, ipDestination } = packet;
  if (packet.etherType !== EtherType.ipv4 || !packet.dontFragment || isFragment(packet)) return false;
  if (isGroup(ipDestination) || isGroup(ipSource) || ipSource >>> 24 === 0 || ipSource >>> 24 === 127) {
    return false;
  }
  return packet.protocol !== IpProtocol.icmp || !isIcmpError(packet.icmpType);
}

function isGroup(address: Ipv4Address): boolean {
  return address === -1 || isMulticast(address);
}

function isIcmpError(type: number): boolean {
  return (
    type === IcmpType.destinationUnreachable ||
    type === IcmpType.redirect ||
    type === IcmpType.timeExceeded ||
    type === IcmpType.parameterProblem
  );
}

function quoteOf(iface: Interface, packet: Packet): Uint8Array {
  const frame = new Uint8Array(packet.length);
  writeFrame(packet, iface.namespace.network.macs, frame, 0);
  const start = packet.vlanTag === 0 ? ETHERNET_HEADER_LENGTH : ETHERNET_HEADER_LENGTH + 4;
  const room = ERROR_LENGTH_MAX - IPV4_HEADER_LENGTH - ICMP_HEADER_LENGTH;
  return frame.slice(start, start + room);
}
