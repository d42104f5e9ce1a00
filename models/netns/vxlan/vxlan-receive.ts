import { DropReason } from '../../drop-reason.ts';
import { ZERO_MAC_ID } from '../../mac-table.ts';
import type { Packet } from '../../packet.ts';
import { UdpSocket } from '../../transport/udp.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { readFrame } from '../../wire/frame-reader.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { isParseError } from '../../wire/parse-error.ts';
import { parseVxlan, VXLAN_HEADER_LENGTH } from '../../wire/vxlan.ts';
import { ControlError } from '../control-error.ts';
import { Counter, type Interface } from '../interface/interface.ts';
import { Nud } from '../neighbour/neighbour.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { Traced } from '../path-memo/path-memo.ts';
import { receivedBy } from './tunnel-info.ts';
import type { Vxlan } from './vxlan.ts';
import { chargeTunnel } from './vxlan-transmit.ts';

/** The tunnels of one namespace (Linux `struct vxlan_net`). */
export interface VxlanTunnels {
  readonly all: Vxlan[];
  /** By number; those of interfaces that are up. */
  readonly ports: Map<number, VxlanPort>;
}

/** A UDP port on which VXLAN interfaces of one namespace receive (Linux `struct vxlan_sock`). */
export class VxlanPort {
  readonly port: number;
  readonly users: Vxlan[] = [];
  private readonly socket: UdpSocket;

  /** @throws ControlError EADDRINUSE */
  constructor(namespace: NetworkNamespace, port: number) {
    this.port = port;
    this.socket = new UdpSocket(namespace);
    const errno = this.socket.bind(0, port);
    if (errno !== null) throw new ControlError(errno);
    this.socket.encapsulated = (iface, packet) => receiveVxlan(this, iface, packet);
  }

  close(): void {
    this.socket.close();
  }

  /** The interface that serves a VNI; one that serves all of them takes what comes. */
  find(vni: number): Vxlan | null {
    for (const vxlan of this.users) if (vxlan.config.external || vxlan.config.vni === vni) return vxlan;
    return null;
  }
}

/** Starts to receive for an interface that comes up (Linux `vxlan_sock_add`). */
export function openVxlanPort(vxlan: Vxlan): void {
  const { underlay, config } = vxlan;
  const { ports } = underlay.tunnels!;
  let port = ports.get(config.port);
  if (port === undefined) {
    port = new VxlanPort(underlay, config.port);
    ports.set(config.port, port);
  }
  if (port.users.some((other) => other.config.external) || (config.external && port.users.length > 0)) {
    throw new ControlError('EADDRINUSE');
  }
  port.users.push(vxlan);
}

export function closeVxlanPort(vxlan: Vxlan): void {
  const { underlay, config } = vxlan;
  const port = underlay.tunnels?.ports.get(config.port);
  const place = port?.users.indexOf(vxlan) ?? -1;
  if (port === undefined || place < 0) return;
  port.users.splice(place, 1);
  if (port.users.length > 0) return;
  port.close();
  underlay.tunnels!.ports.delete(config.port);
}

/** The interface that receives a VNI on a port of a namespace; null when there is none. */
export function vxlanByVni(namespace: NetworkNamespace, port: number, vni: number): Vxlan | null {
  return namespace.tunnels?.ports.get(port)?.find(vni) ?? null;
}

/** A datagram has come to a port of VXLAN interfaces (Linux `vxlan_rcv`). */
function receiveVxlan(port: VxlanPort, iface: Interface, packet: Packet): void {
  const { network } = iface.namespace;
  const { ipSource, ipDestination, tos } = packet;
  const vni = readVni(packet);
  if (vni < 0) {
    network.drop(packet, DropReason.vxlanInvalidHeader, iface);
    return;
  }
  const vxlan = port.find(vni);
  if (vxlan === null) {
    network.drop(packet, DropReason.vxlanVniNotFound, iface);
    return;
  }
  const frame = decapsulate(packet, iface);
  if (frame === null) return;
  chargeTunnel(vxlan, frame);
  const reason = refuse(vxlan, frame, ipSource, tos, vni);
  if (reason !== null) {
    network.drop(frame, reason, vxlan.iface);
    return;
  }
  if (vxlan.config.external) frame.tunnelInfo = receivedBy(vni, ipSource, ipDestination);
  // the kernel counts what is behind the Ethernet header
  network.counters.addMany(vxlan.iface.id, Counter.rxPackets, 0, -ETHERNET_HEADER_LENGTH);
  network.backlog.pushCell(frame, vxlan);
}

/** The VNI of a datagram, -1 when it has none. */
function readVni(packet: Packet): number {
  if (packet.inner !== null) return packet.vni;
  if (packet.payloadLength < VXLAN_HEADER_LENGTH) return -1;
  const bytes = new Uint8Array(VXLAN_HEADER_LENGTH);
  packet.payload.writeTo(bytes, 0, 0, VXLAN_HEADER_LENGTH);
  const header = parseVxlan(bytes, 0, bytes.length);
  return isParseError(header) ? -1 : header.vni;
}

/** The frame out of the packet around it; null when it is none, and the packet is dropped. */
function decapsulate(packet: Packet, iface: Interface): Packet | null {
  const { network } = iface.namespace;
  if (packet.inner !== null) {
    const { hopsNow, arrivalOrder } = packet;
    const inner = network.pool.unwrap(packet);
    inner.hopsNow = hopsNow;
    // it keeps the stamp of the packet around it
    inner.arrivalOrder = arrivalOrder;
    return inner;
  }
  // somebody made it by hand: the same packet becomes what its bytes say
  const bytes = new Uint8Array(packet.payloadLength - VXLAN_HEADER_LENGTH);
  packet.payload.writeTo(bytes, 0, VXLAN_HEADER_LENGTH, bytes.length);
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  if (readFrame(packet, bytes, network.macs)) return packet;
  network.drop(packet, DropReason.malformed, iface);
  return null;
}

/** Why a frame out of the tunnel is not received (Linux `vxlan_set_mac`, `vxlan_ecn_decapsulate`); null when it is. */
function refuse(
  vxlan: Vxlan,
  frame: Packet,
  remote: Ipv4Address,
  outerTos: number,
  vni: number,
): DropReason | null {
  const { iface, config } = vxlan;
  // a loop, or the echo of a group
  if (frame.source === iface.mac) return DropReason.localMac;
  if (config.learning) {
    const reason = learnRemote(vxlan, frame.source, remote, vni);
    if (reason !== null) return reason;
  }
  if (frame.etherType === EtherType.ipv4 && (outerTos & 3) === 3) {
    // RFC 6040, 4.2
    if ((frame.tos & 3) === 0) return DropReason.tunnelEcn;
    frame.tos |= 3;
  }
  return iface.up ? null : DropReason.interfaceDown;
}

/**
 * The source of a frame is found behind the endpoint that sent it (Linux `vxlan_snoop`).
 * @returns why the frame is not to be believed, null when it is
 */
export function learnRemote(vxlan: Vxlan, mac: number, remote: Ipv4Address, vni: number): DropReason | null {
  const { macs, simulation } = vxlan.iface.namespace.network;
  if (mac === ZERO_MAC_ID || macs.isGroup(mac)) return DropReason.badSourceMac;
  const key = vxlan.keyVni(vni);
  const entry = vxlan.fdb.find(mac, key);
  if (entry === undefined) {
    if (!vxlan.iface.up) return null;
    const { port, vni: own } = vxlan.config;
    vxlan.fdb.add({
      mac,
      sourceVni: key,
      state: Nud.reachable,
      remotes: [{ address: remote, port, vni: own, via: null }],
      updated: simulation.now,
      used: simulation.now,
    });
    vxlan.watchAgeing();
    return null;
  }
  entry.updated = simulation.now;
  const [first] = entry.remotes;
  if (first.address === remote) return null;
  if ((entry.state & Nud.noarp) !== 0) return DropReason.vxlanEntryExists;
  first.address = remote;
  return null;
}
