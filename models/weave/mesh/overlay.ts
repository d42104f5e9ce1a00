import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Peer } from './peer.ts';

/** What a handshake says of each side, beyond what the mesh itself needs: `Overlays` (mesh `features`). */
export type Features = Map<string, string>;

/** What an overlay needs to know of a connection (mesh `OverlayConnectionParams`). */
export interface OverlayConnectionParameters {
  readonly remotePeer: Peer;
  /** Ends of the TCP connection. */
  readonly localAddress: Ipv4Address;
  readonly remoteAddress: Ipv4Address;
  /** UDP port of the other end where it is known: this side has opened the connection. 0 where it is not. */
  readonly remotePort: number;
  readonly outbound: boolean;
  /** The same number at both ends: XOR of what each drew. */
  readonly connectionUid: bigint;
  /** 32 bytes; null where nothing is encrypted. */
  readonly sessionKey: Uint8Array | null;
  /**
   * Sends an overlay control message over TCP, once the connection runs.
   * @param tag of the mesh's own: `ProtocolTag.overlayControl` (a connection with several overlays says within the
   * message which and what)
   */
  readonly sendControlMessage: (tag: number, message: Uint8Array) => void;
  readonly features: Features;
}

/** A connection's data plane (mesh `OverlayConnection`). */
export interface OverlayConnection {
  /** Both callbacks are set; it may start to send. */
  confirm(): void;
  /** Called once, when frames get through. */
  onEstablished: (() => void) | null;
  /** Called when it can't go on: the connection ends with this error. */
  onError: ((error: string) => void) | null;
  /** Nothing more is sent or heard. */
  stop(): void;
  /** One from the other end, with the tag that it was sent with. */
  controlMessage(tag: number, message: Uint8Array): void;
  /** As `weave status connections` shows it: name, `mtu`, `encrypted`. In the order in which it is shown. */
  attributes(): ReadonlyMap<string, string | number | boolean>;
  /** Name of what carries frames at the moment: `sleeve`, `fastdp`; `none` before. */
  displayName(): string;
}

/** How frames get to other peers (mesh `Overlay`). */
export interface Overlay {
  /** Says in a handshake what it can do. */
  addFeaturesTo(features: Features): void;
  /** @returns an error text when the two sides have nothing in common */
  prepareConnection(parameters: OverlayConnectionParameters): OverlayConnection | string;
  /** Topology has changed: what was decided by routes is to be decided anew. */
  invalidateRoutes(): void;
  /** Other peers have other short ids. */
  invalidateShortIds(): void;
}
