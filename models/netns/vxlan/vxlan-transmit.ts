import { DropReason } from '../../drop-reason.ts';
import { ZERO_MAC_ID } from '../../mac-table.ts';
import { type Packet, tagLength, updateIpLength } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from '../../wire/ipv4.ts';
import { type Ipv4Address, isMulticast } from '../../wire/ipv4-address.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import { VXLAN_HEADER_LENGTH } from '../../wire/vxlan.ts';
import { Counter, type Interface } from '../interface/interface.ts';
import { ipLocalOutput } from '../ipv4/ip-output.ts';
import { learnPathMtu, pathMtu } from '../ipv4/path-mtu.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { NO_SEGMENT, Traced } from '../path-memo/path-memo.ts';
import { flowHash } from '../routing/flow-hash.ts';
import type { RouteDecision } from '../routing/route-decision.ts';
import { routeOutput } from '../routing/route-output.ts';
import type { TunnelInfo } from './tunnel-info.ts';
import { answerTooBig } from './tunnel-mtu.ts';
import type { Vxlan } from './vxlan.ts';
import type { VxlanEntry, VxlanRemote } from './vxlan-database.ts';
import { learnRemote, vxlanByVni } from './vxlan-receive.ts';

/** Bytes that the tunnel puts around what is inside the inner Ethernet header (Linux VXLAN_HEADROOM). */
export const VXLAN_OVERHEAD =
  IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

const ECN_MASK = 3;
const ECN_CE = 3;
const ECN_ECT_0 = 2;
/** The loopback address, from which what never went through the tunnel is taken to have come. */
const LOOPBACK: Ipv4Address = 0x7f000001;

/** A frame leaves by a VXLAN interface: into the tunnel to each remote of its entry (Linux `vxlan_xmit`). */
export function vxlanTransmit(vxlan: Vxlan, packet: Packet): void {
  const { iface, config } = vxlan;
  const { network } = iface.namespace;
  // what is wrapped in other packets goes by no memo
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  packet.lastSegment = NO_SEGMENT;
  packet.nextSegment = NO_SEGMENT;
  if (config.external) {
    transmitAsTold(vxlan, packet);
    return;
  }
  const entry = entryFor(vxlan, packet.destination);
  if (entry === undefined) {
    lose(iface, packet, DropReason.noTxTarget);
    return;
  }
  // the first of the list gets the original, last
  const { remotes } = entry;
  for (let place = 1; place < remotes.length; place++) {
    transmitTo(vxlan, network.pool.copy(packet), remotes[place]);
  }
  transmitTo(vxlan, packet, remotes[0]);
}

/** An interface under external control: what goes with the frame says where to. */
function transmitAsTold(vxlan: Vxlan, packet: Packet): void {
  const { tunnelInfo } = packet;
  if (tunnelInfo === null || !tunnelInfo.transmits) {
    lose(vxlan.iface, packet, DropReason.tunnelTxInfo);
    return;
  }
  const { port, lower } = vxlan.config;
  const { destination, vni } = tunnelInfo;
  transmitTo(vxlan, packet, { address: destination, port, vni, via: lower }, tunnelInfo);
}

/** The entry of the address, else that of all others. */
function entryFor(vxlan: Vxlan, mac: number): VxlanEntry | undefined {
  const vni = vxlan.keyVni(vxlan.config.vni);
  const entry = vxlan.fdb.find(mac, vni) ?? vxlan.fdb.find(ZERO_MAC_ID, vni);
  if (entry !== undefined) entry.used = vxlan.iface.namespace.network.simulation.now;
  return entry;
}

function lose(iface: Interface, packet: Packet, reason: DropReason): void {
  const { network } = iface.namespace;
  network.counters.count(iface.id, Counter.txDropped);
  network.drop(packet, reason, iface);
}

/** Linux `vxlan_xmit_one`. @param info what the frame itself says of the packet around it; null for `config` */
function transmitTo(vxlan: Vxlan, packet: Packet, remote: VxlanRemote, info: TunnelInfo | null = null): void {
  const { iface, config, underlay } = vxlan;
  if (remote.address === 0) {
    lose(iface, packet, DropReason.noTxTarget);
    return;
  }
  const decision = routeOutput(underlay, info?.source ?? config.local, remote.address, remote.via);
  if (decision.kind === 'error' || decision.kind === 'drop') {
    iface.namespace.network.drop(packet, decision.reason, iface);
    return;
  }
  const out = decision.nexthop.iface;
  if (out === iface) {
    iface.namespace.network.drop(packet, DropReason.tunnelLoop, iface);
    return;
  }
  if (decision.kind === 'local') {
    bypass(vxlan, packet, remote);
    return;
  }
  const room = pathMtu(decision.nexthop, out!, remote.address) - VXLAN_OVERHEAD;
  if (innerLength(packet) > room && tooBig(vxlan, packet, room)) return;
  encapsulate(vxlan, packet, remote, info, decision);
}

/** What is inside the inner Ethernet header, bytes. */
function innerLength(packet: Packet): number {
  return packet.length - ETHERNET_HEADER_LENGTH - tagLength(packet);
}

/**
 * The path is too narrow (Linux `skb_tunnel_check_pmtu`): the host's own routing learns it, and a sender behind a
 * bridge is told. Answers whether the packet has come to its end by that; if not it goes on, to be cut on the way.
 */
function tooBig(vxlan: Vxlan, packet: Packet, room: number): boolean {
  const { iface } = vxlan;
  const { nexthop } = packet;
  if (packet.etherType === EtherType.ipv4 && nexthop?.iface?.namespace === iface.namespace) {
    learnPathMtu(iface.namespace, nexthop, packet.ipDestination, room);
    iface.namespace.generation++;
  }
  if (iface.port === null && iface.vport === null) return false;
  if (!answerTooBig(iface, packet, room)) return false;
  iface.namespace.network.drop(packet, DropReason.packetTooBig, iface);
  return true;
}

/** The other end is this host: the frame goes over without a packet around it (Linux `vxlan_encap_bypass`). */
function bypass(vxlan: Vxlan, packet: Packet, remote: VxlanRemote): void {
  const { iface, underlay } = vxlan;
  const { network } = iface.namespace;
  const target = vxlanByVni(underlay, remote.port, remote.vni);
  if (target === null) {
    network.drop(packet, DropReason.vxlanVniNotFound, iface);
    return;
  }
  if (!target.iface.up) {
    network.drop(packet, DropReason.interfaceDown, target.iface);
    return;
  }
  if (target.config.learning) learnRemote(target, packet.source, LOOPBACK, remote.vni);
  network.counters.add(iface.id, Counter.txPackets, innerLength(packet));
  network.backlog.push(packet, target.iface.id);
}

function encapsulate(
  vxlan: Vxlan,
  packet: Packet,
  remote: VxlanRemote,
  info: TunnelInfo | null,
  decision: RouteDecision,
): void {
  const { iface, underlay } = vxlan;
  const { network } = iface.namespace;
  network.counters.add(iface.id, Counter.txPackets, innerLength(packet));
  chargeTunnel(vxlan, packet);
  packet.tunnelInfo = null;
  const outer = network.pool.wrap(packet);
  outer.vni = remote.vni;
  outer.ipSource = decision.source;
  outer.ipDestination = remote.address;
  outer.protocol = IpProtocol.udp;
  outer.sourcePort = sourcePort(vxlan, packet);
  outer.destinationPort = remote.port;
  outer.payloadLength = VXLAN_HEADER_LENGTH + packet.length;
  if (info === null) showAsSet(vxlan, packet, outer);
  else showAsTold(info, underlay, packet, outer);
  outer.ipId = underlay.nextIpId();
  outer.sentAt = packet.sentAt;
  outer.hopsNow = packet.hopsNow;
  outer.traced = packet.traced & Traced.explained;
  updateIpLength(outer);
  ipLocalOutput(underlay, outer, decision);
}

/** What the packet around a frame shows of its own, as the interface is set to. */
function showAsSet(vxlan: Vxlan, packet: Packet, outer: Packet): void {
  const { config } = vxlan;
  outer.noUdpChecksum = !config.udpChecksum;
  outer.ttl = outerTtl(vxlan, packet, outer.ipDestination);
  outer.tos = outerTos(config.tos === 1 ? innerTos(packet) : config.tos, packet);
  outer.dontFragment = config.df === 'set' || (config.df === 'inherit' && hasDontFragment(packet));
}

function showAsTold(info: TunnelInfo, underlay: NetworkNamespace, packet: Packet, outer: Packet): void {
  outer.noUdpChecksum = !info.checksum;
  outer.ttl = info.ttl === 0 ? underlay.sysctls.ipDefaultTtl : info.ttl;
  outer.tos = outerTos(info.tos, packet);
  outer.dontFragment = info.dontFragment;
}

/** What a tunnel costs at each of its ends. One under external control is encrypted, if at all, by somebody else. */
export function chargeTunnel({ underlay, config }: Vxlan, packet: Packet): void {
  const { processor } = underlay;
  if (processor === null) return;
  processor.charge('encapsulate', packet);
  if (!config.external) processor.charge('encrypt', packet);
}

/** Linux `udp_flow_src_port`: the flow's hash spread over the range, so that routers on the way tell flows apart. */
function sourcePort({ config, underlay }: Vxlan, packet: Packet): number {
  let { portMin, portMax } = config;
  if (portMin >= portMax) [portMin, portMax] = underlay.sysctls.localPortRange;
  const hash = flowHash(packet);
  const mixed = (hash ^ (hash << 16)) >>> 0;
  return portMin + Math.floor((mixed * (portMax - portMin)) / 2 ** 32);
}

function outerTtl({ config, underlay }: Vxlan, packet: Packet, remote: Ipv4Address): number {
  if (config.ttlInherit && packet.etherType === EtherType.ipv4) return packet.ttl;
  if (config.ttl !== 0) return config.ttl;
  return isMulticast(remote) ? 1 : underlay.sysctls.ipDefaultTtl;
}

/** RFC 6040, 4.1: the inner congestion marks show outside (Linux `ip_tunnel_ecn_encap`). */
function outerTos(tos: number, packet: Packet): number {
  const mark = innerTos(packet) & ECN_MASK;
  return (tos & ~ECN_MASK) | (mark === ECN_CE ? ECN_ECT_0 : mark);
}

function innerTos(packet: Packet): number {
  return packet.etherType === EtherType.ipv4 ? packet.tos : 0;
}

function hasDontFragment(packet: Packet): boolean {
  return packet.etherType === EtherType.ipv4 && packet.dontFragment;
}
