import type { Interface } from '../netns/interface/interface.ts';
import { transmit } from '../netns/interface/transmit.ts';
import { NO_SEGMENT, Traced } from '../netns/path-memo/path-memo.ts';
import { leaveSender, type Packet, PacketType } from '../packet.ts';

export interface PacketSocketOptions {
  /** PACKET_MR_PROMISC: `ip -d link` counts those who want to hear what is for others. */
  promiscuous?: boolean;
}

/**
 * A packet socket bound to one interface (packet(7), `AF_PACKET`, `ETH_P_ALL`): gets what comes in there, before any
 * protocol and any bridge sees it, and sends frames past the IP stack. What goes out by the interface it does not get
 * (libpcap's filter `inbound`).
 */
export class PacketSocket {
  readonly iface: Interface;
  readonly promiscuous: boolean;
  /** A frame has come in; it belongs to the socket from then on. */
  onReceive: ((packet: Packet) => void) | null = null;

  constructor(iface: Interface, options: PacketSocketOptions = {}) {
    this.iface = iface;
    this.promiscuous = options.promiscuous === true;
    iface.packetSockets = [...(iface.packetSockets ?? []), this];
  }

  close(): void {
    const others = (this.iface.packetSockets ?? []).filter((socket) => socket !== this);
    this.iface.packetSockets = others.length === 0 ? null : others;
  }

  /** Sends a frame, its Ethernet header filled in. It goes on under the account that it has. */
  send(packet: Packet): void {
    packet.hopsNow = 0;
    transmit(this.iface, packet);
  }
}

/**
 * Hands a frame that has come in to the sockets of its interface (Linux `dev_queue_xmit_nit` and the list `ptype_all`
 * of `__netif_receive_skb_core`). Each gets a copy. Only of a frame that is for another host, and that no bridge takes,
 * the last socket gets the frame itself: the protocols would do nothing with it but drop it.
 * @returns whether the frame is gone
 */
export function takenByPacketSocket(iface: Interface, packet: Packet): boolean {
  const { network } = iface.namespace;
  const sockets = iface.packetSockets!;
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  packet.lastSegment = NO_SEGMENT;
  packet.nextSegment = NO_SEGMENT;
  const takes = packet.packetType === PacketType.otherHost && iface.port === null;
  for (let i = 0; i < sockets.length; i++) {
    const last = takes && i === sockets.length - 1;
    give(sockets[i], last ? packet : network.pool.copy(packet));
  }
  return takes;
}

function give(socket: PacketSocket, packet: Packet): void {
  if (packet.sender !== null) leaveSender(packet);
  packet.netfilter = null;
  packet.route = null;
  packet.nexthop = null;
  packet.mark = 0;
  if (socket.onReceive !== null) socket.onReceive(packet);
  else socket.iface.namespace.network.deliver(packet);
}
