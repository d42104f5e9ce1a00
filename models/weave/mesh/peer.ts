import { formatPeerName, type PeerName } from '../peer-name.ts';

/** A connection as topology gossip tells of it (mesh `connectionSummary`). */
export interface ConnectionSummary {
  /** The peer at the other end. */
  readonly remote: PeerName;
  /** Its address, `192.168.1.12:6783`. */
  readonly address: string;
  /** Opened by the peer whose connection this is. */
  readonly outbound: boolean;
  readonly established: boolean;
}

/** What is known of a peer, this one or another (mesh `peerSummary`). */
export class Peer {
  readonly name: PeerName;
  nickname: string;
  /** Random 64 bits of every start of the process. */
  uid: bigint;
  /** Counts what the peer has said of itself. */
  version: bigint;
  /** 12 bits that stand for the peer in a VXLAN network identifier. */
  shortId: number;
  hasShortId: boolean;
  /** By name of the other end. */
  connections: ReadonlyMap<PeerName, ConnectionSummary> = new Map();

  constructor(name: PeerName, nickname: string, uid: bigint, shortId: number) {
    this.name = name;
    this.nickname = nickname;
    this.uid = uid;
    this.version = 0n;
    this.shortId = shortId;
    this.hasShortId = true;
  }

  /** `02:00:00:00:00:01(node-1)`. */
  toString(): string {
    return `${formatPeerName(this.name)}(${this.nickname})`;
  }
}

/** The peers that the router knows (mesh `Peers`). */
export interface PeerDirectory {
  fetch(name: PeerName): Peer | undefined;
  fetchByShortId(shortId: number): Peer | undefined;
  /** In ascending order of names. */
  all(): readonly Peer[];
}

/** Where frames go between peers (mesh `routes`). Of established connections that both ends report. */
export interface Routes {
  /** The neighbour to send by towards a peer; undefined when there is no way. */
  unicast(destination: PeerName): PeerName | undefined;
  /** The neighbours to send a broadcast on to that began at `origin`, in ascending order. */
  broadcast(origin: PeerName): readonly PeerName[];
}
