import type { PeerName } from '../peer-name.ts';
import {
  GOB_BOOL,
  GOB_BYTES,
  GOB_STRING,
  GOB_UINT,
  GOB_UINT64,
  type GobType,
  type GobValue,
} from '../wire/gob.ts';
import { GobDecoder } from '../wire/gob-decoder.ts';
import { encodeGobValue, GobEncoder } from '../wire/gob-encoder.ts';
import { GobTypeIds } from '../wire/gob-wire-type.ts';
import type { ConnectionSummary, Peer } from './peer.ts';
import type { PeerReport } from './peer-table.ts';

const NAME_LENGTH = 6;

const PEER = {
  kind: 'struct',
  name: 'peerSummary',
  fields: [
    { name: 'NameByte', type: GOB_BYTES },
    { name: 'NickName', type: GOB_STRING },
    { name: 'UID', type: GOB_UINT64 },
    { name: 'Version', type: GOB_UINT64 },
    { name: 'ShortID', type: GOB_UINT },
    { name: 'HasShortID', type: GOB_BOOL },
  ],
} as const satisfies GobType;

const CONNECTIONS = {
  kind: 'slice',
  name: '',
  element: {
    kind: 'struct',
    name: 'connectionSummary',
    fields: [
      { name: 'NameByte', type: GOB_BYTES },
      { name: 'RemoteTCPAddr', type: GOB_STRING },
      { name: 'Outbound', type: GOB_BOOL },
      { name: 'Established', type: GOB_BOOL },
    ],
  },
} as const satisfies GobType;

/** In the order in which a stream describes them. */
const TYPE_IDS = new GobTypeIds();
TYPE_IDS.of(PEER);
TYPE_IDS.of(CONNECTIONS);

/** A peer in two gobs, and what it was like then: a peer is told of often, and changes seldom. */
interface EncodedPeer {
  readonly uid: bigint;
  readonly version: bigint;
  readonly shortId: number;
  readonly hasShortId: boolean;
  readonly peer: Uint8Array;
  readonly connections: Uint8Array;
}

const encodedPeers = new WeakMap<Peer, EncodedPeer>();

/** What is known of some peers, each followed by its connections (mesh `Peers.encodePeers`). */
export function encodePeers(peers: readonly Peer[]): Uint8Array {
  const encoder = new GobEncoder(TYPE_IDS);
  for (const peer of peers) {
    const encoded = encodedPeer(peer);
    encoder.append(PEER, encoded.peer).append(CONNECTIONS, encoded.connections);
  }
  return encoder.bytes();
}

function encodedPeer(peer: Peer): EncodedPeer {
  const { uid, version, shortId, hasShortId } = peer;
  const known = encodedPeers.get(peer);
  if (
    known !== undefined &&
    known.uid === uid &&
    known.version === version &&
    known.shortId === shortId &&
    known.hasShortId === hasShortId
  ) {
    return known;
  }
  const summary = {
    NameByte: nameBytes(peer.name),
    NickName: peer.nickname,
    UID: uid,
    Version: version,
    ShortID: shortId,
    HasShortID: hasShortId,
  };
  const connections = [...peer.connections.values()].map(encodeConnection);
  const encoded = {
    ...{ uid, version, shortId, hasShortId },
    peer: encodeGobValue(PEER, summary, TYPE_IDS),
    connections: encodeGobValue(CONNECTIONS, connections, TYPE_IDS),
  };
  encodedPeers.set(peer, encoded);
  return encoded;
}

/** @throws GobError, later as well: connections are read when they are asked for */
export function decodePeers(bytes: Uint8Array): PeerReport[] {
  const decoder = new GobDecoder(bytes);
  const reports: PeerReport[] = [];
  while (!decoder.ended) {
    reports.push(new DecodedReport(decoder.decode(PEER), decoder.defer(CONNECTIONS)));
  }
  return reports;
}

class DecodedReport implements PeerReport {
  readonly name: PeerName;
  readonly nickname: string;
  readonly uid: bigint;
  readonly version: bigint;
  readonly shortId: number;
  readonly hasShortId: boolean;
  private readonly readConnections: () => readonly Connection[];
  private read: readonly ConnectionSummary[] | null = null;

  constructor(peer: GobValue<typeof PEER>, readConnections: () => readonly Connection[]) {
    this.name = nameOf(peer.NameByte);
    this.nickname = peer.NickName;
    this.uid = peer.UID;
    this.version = peer.Version;
    this.shortId = peer.ShortID;
    this.hasShortId = peer.HasShortID;
    this.readConnections = readConnections;
  }

  get connections(): readonly ConnectionSummary[] {
    this.read ??= this.readConnections().map(decodeConnection);
    return this.read;
  }
}

type Connection = GobValue<typeof CONNECTIONS.element>;

function encodeConnection({ remote, address, outbound, established }: ConnectionSummary): Connection {
  return {
    NameByte: nameBytes(remote),
    RemoteTCPAddr: address,
    Outbound: outbound,
    Established: established,
  };
}

function decodeConnection(connection: Connection): ConnectionSummary {
  return {
    remote: nameOf(connection.NameByte),
    address: connection.RemoteTCPAddr,
    outbound: connection.Outbound,
    established: connection.Established,
  };
}

function nameBytes(name: PeerName): Uint8Array {
  const bytes = new Uint8Array(NAME_LENGTH);
  let rest = name;
  for (let i = NAME_LENGTH - 1; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

function nameOf(bytes: Uint8Array): PeerName {
  let name = 0;
  for (let i = 0; i < NAME_LENGTH; i++) name = name * 256 + (bytes[i] ?? 0);
  return name;
}
