import type { Overlay, OverlayConnection } from '../mesh/overlay.ts';
import type { Peer, PeerDirectory } from '../mesh/peer.ts';
import type { FlowOperation } from './flow-operation.ts';

/** Whose frame it is and for whom: who captured it, and the peer it is to be injected at (weave `ForwardPacketKey`). */
export interface ForwardKey {
  /** Ids of the network's `MacTable`. */
  readonly source: number;
  readonly destination: number;
  readonly sourcePeer: Peer;
  readonly destinationPeer: Peer;
}

/** Decides about a frame from an overlay; null for one that is to be ignored. */
export type OverlayConsumer = (key: ForwardKey) => FlowOperation | null;

/** An overlay that carries frames (weave `NetworkOverlay`). */
export interface NetworkOverlay extends Overlay {
  /** What `weave report` says of it: JSON with Go's names; without it null. */
  diagnostics?(): object | null;
  startConsumingPackets(local: Peer, peers: PeerDirectory, consumer: OverlayConsumer): void;
}

/** A connection of such an overlay (weave `OverlayForwarder`). */
export interface OverlayForwarder extends OverlayConnection {
  /** Told when frames do not get through at the moment, and when they do again; absent where that is an error. */
  onHealth?: ((healthy: boolean) => void) | null;
  /** @returns null when this forwarder can't, so that another is to be asked */
  forward(key: ForwardKey): FlowOperation | null;
}

/** Where frames of this host come from and go to: the bridge (weave `Bridge`). */
export interface BridgePort {
  /** As `weave report` shows it: `vethwe-pcap (via pcap)`. */
  readonly name: string;
  startConsumingPackets(consumer: (source: number, destination: number) => FlowOperation | null): void;
  /** `CaptureStats` of `weave report`, by name in ascending order. */
  statistics(): Readonly<Record<string, number>>;
  /** What puts a frame on the bridge. */
  inject(source: number, destination: number): FlowOperation;
}
