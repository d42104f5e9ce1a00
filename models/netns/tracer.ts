import type { DropReason } from '../drop-reason.ts';
import type { Chain } from '../netfilter/chain.ts';
import type { Packet } from '../packet.ts';
import type { UdpSocket } from '../transport/udp.ts';
import type { Bridge, BridgePort } from './bridge/bridge.ts';
import type { Interface } from './interface/interface.ts';
import type { Neighbour } from './neighbour/neighbour.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import type { RouteDecision } from './routing/route-decision.ts';

/** A UDP socket, or nobody: the port is open, but what comes in is only counted. */
export type UdpReader = UdpSocket | 'nobody';

/**
 * Follows packets that are marked as traced through every step (`podwire explain`). The steps call it only for
 * such packets; for all others it costs one comparison.
 */
export interface Tracer {
  received(iface: Interface, packet: Packet): void;
  transmitted(iface: Interface, packet: Packet): void;
  /**
   * A bridge has decided; `verdict` says what its forwarding database held, the name of the port left out: no text is
   * made for a tracer that reads none.
   */
  bridged(
    bridge: Bridge,
    packet: Packet,
    verdict: string,
    /** Null when the host itself sends. */
    from: BridgePort | null,
    /** Null when it is flooded or passed up. */
    out: BridgePort | null,
  ): void;
  routed(
    namespace: NetworkNamespace,
    packet: Packet,
    decision: RouteDecision,
    direction: 'input' | 'output' | 'rerouted',
  ): void;
  /**
   * A rule of a chain has been found to fit.
   * @param number of the rule, from 1; 0 for the chain's policy
   * @param what it does
   */
  filtered(namespace: NetworkNamespace, packet: Packet, chain: Chain, number: number, what: string): void;
  /** The packet's connection has been looked up; it stands in `packet.netfilter`. */
  tracked(namespace: NetworkNamespace, packet: Packet): void;
  /** The packet's addresses or ports were translated; what it was before. */
  translated(namespace: NetworkNamespace, packet: Packet, before: string, after: string): void;
  /** The entry consulted for the next hop, before it is used. */
  neighbour(neighbour: Neighbour, packet: Packet): void;
  /** The packet waits for ARP. */
  waits(neighbour: Neighbour, packet: Packet): void;
  /**
   * A socket takes the packet; its port stands in the packet.
   * @param reader who takes it: null for those who take each packet as it comes, whatever became of the one before
   */
  delivered(namespace: NetworkNamespace, packet: Packet, to: Receiver, reader: UdpReader | null): void;
  dropped(iface: Interface, packet: Packet, reason: DropReason): void;
}

/** To what kind of socket a packet goes. */
export type Receiver = 'udp port' | 'tcp port' | 'echo reply';

const nothing = (): void => {};

/** For networks in which nothing is traced. */
export const NO_TRACER: Tracer = {
  received: nothing,
  transmitted: nothing,
  bridged: nothing,
  routed: nothing,
  filtered: nothing,
  tracked: nothing,
  translated: nothing,
  neighbour: nothing,
  waits: nothing,
  delivered: nothing,
  dropped: nothing,
};
