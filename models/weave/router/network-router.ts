import { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { Network } from '../../netns/network.ts';
import type { MacAddress } from '../../wire/mac-address.ts';
import type { Peer, PeerDirectory, Routes } from '../mesh/peer.ts';
import type { PeerName } from '../peer-name.ts';
import type { FlowOperation } from './flow-operation.ts';
import { DiscardOperation, MultiOperation } from './flow-operations.ts';
import { MacCache } from './mac-cache.ts';
import type { BridgePort, ForwardKey, NetworkOverlay, OverlayForwarder } from './network-overlay.ts';

/** The group of the spanning tree: its messages stay on the host. */
const BRIDGE_GROUP: MacAddress = 0x0180c2000000;

/** What a router is made of. */
export interface NetworkRouterParts {
  readonly ourself: Peer;
  readonly peers: PeerDirectory;
  readonly routes: Routes;
  /** The established connection to a neighbour, if there is one. */
  readonly connectionTo: (neighbour: PeerName) => OverlayForwarder | undefined;
  readonly overlay: NetworkOverlay;
  readonly bridge: BridgePort;
  /** Where drops of the router are counted: its side of the bridge. */
  readonly iface: Interface;
}

/**
 * The learning switch that the routers of all peers make together: decides for frames of the bridge and of other peers
 * where they go (weave `router/network_router.go`).
 */
export class NetworkRouter {
  readonly macs: MacCache;
  private readonly parts: NetworkRouterParts;
  private readonly network: Network;
  private readonly bridgeGroup: number;

  constructor(parts: NetworkRouterParts) {
    const { network } = parts.iface.namespace;
    this.parts = parts;
    this.network = network;
    this.macs = new MacCache(network.simulation);
    this.bridgeGroup = network.macs.intern(BRIDGE_GROUP);
  }

  /** From now on frames are looked at. */
  start(): void {
    const { bridge, overlay, ourself, peers } = this.parts;
    bridge.startConsumingPackets((source, destination) => this.captured(source, destination));
    overlay.startConsumingPackets(ourself, peers, (key) => this.forwarded(key));
  }

  /** A peer is no more: its addresses are unknown again. */
  peerRemoved(peer: Peer): void {
    this.macs.delete(peer);
  }

  /** What becomes of a frame that the bridge has sent to the router. */
  captured(source: number, destination: number): FlowOperation {
    const { ourself } = this.parts;
    // it would be a frame that we have injected ourselves
    if (this.macs.add(source, ourself).conflict !== null)
      return this.discard(DropReason.overlaySourceElsewhere);
    if (destination === this.bridgeGroup) return this.discard(DropReason.overlayLocal);
    const destinationPeer = this.macs.lookup(destination);
    if (destinationPeer === ourself) return this.discard(DropReason.overlayLocal);
    if (destinationPeer === undefined) return this.relayBroadcast(ourself, source, destination);
    return this.relay({ source, destination, sourcePeer: ourself, destinationPeer });
  }

  /** What becomes of a frame that another peer has sent. */
  forwarded(key: ForwardKey): FlowOperation {
    const { ourself, overlay, bridge } = this.parts;
    const { source, destination, sourcePeer } = key;
    if (key.destinationPeer !== ourself) return this.relay(key);
    if (this.macs.addForced(source, sourcePeer).conflict !== null) overlay.invalidateRoutes();
    const inject = bridge.inject(source, destination);
    if (this.macs.lookup(destination) === ourself) return inject;
    const relays = this.relayBroadcast(sourcePeer, source, destination);
    return new MultiOperation(this.network, [inject, relays], false);
  }

  private relay(key: ForwardKey): FlowOperation {
    const { routes, connectionTo } = this.parts;
    const next = routes.unicast(key.destinationPeer.name);
    const connection = next === undefined ? undefined : connectionTo(next);
    return connection?.forward(key) ?? this.discard(DropReason.overlayNoPeer);
  }

  private relayBroadcast(sourcePeer: Peer, source: number, destination: number): FlowOperation {
    const { routes, connectionTo, peers } = this.parts;
    const operations: FlowOperation[] = [];
    for (const next of routes.broadcast(sourcePeer.name)) {
      const destinationPeer = peers.fetch(next);
      if (destinationPeer === undefined) continue;
      const operation = connectionTo(next)?.forward({ source, destination, sourcePeer, destinationPeer });
      if (operation !== undefined && operation !== null) operations.push(operation);
    }
    return operations.length === 0
      ? this.discard(DropReason.overlayNoPeer)
      : new MultiOperation(this.network, operations, true);
  }

  private discard(reason: DropReason): FlowOperation {
    return new DiscardOperation(reason, this.parts.iface);
  }
}
