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
import type { Content } from './content.ts';
import type { ConnectionSummary } from './peer.ts';
import type { PeerReport } from './peer-report.ts';

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

/** A peer in two gobs. */
interface EncodedPeer {
  readonly peer: Uint8Array;
  readonly connections: Uint8Array;
}

const encodedPeers = new WeakMap<PeerReport, EncodedPeer>();

/** Of the two types, which are described once. */
const DESCRIPTION_LENGTH = new GobEncoder(TYPE_IDS)
  .append(PEER, new Uint8Array())
  .append(CONNECTIONS, new Uint8Array())
  .bytes().length;

/** What is known of some peers, each followed by its connections (mesh `Peers.encodePeers`). */
export class TopologyUpdate implements Content {
  readonly length: number;

  constructor(readonly reports: readonly PeerReport[]) {
    let length = reports.length === 0 ? 0 : DESCRIPTION_LENGTH;
    for (const report of reports) {
      const { peer, connections } = encodedPeer(report);
      length += peer.length + connections.length;
    }
    this.length = length;
  }

  bytes(): Uint8Array {
    const encoder = new GobEncoder(TYPE_IDS);
    for (const report of this.reports) {
      const { peer, connections } = encodedPeer(report);
      encoder.append(PEER, peer).append(CONNECTIONS, connections);
    }
    return encoder.bytes();
  }
}

function encodedPeer(report: PeerReport): EncodedPeer {
  let encoded = encodedPeers.get(report);
  if (encoded === undefined) {
    encoded = encodePeer(report);
    encodedPeers.set(report, encoded);
  }
  return encoded;
}

function encodePeer(report: PeerReport): EncodedPeer {
  const summary = {
    NameByte: nameBytes(report.name),
    NickName: report.nickname,
    UID: report.uid,
    Version: report.version,
    ShortID: report.shortId,
    HasShortID: report.hasShortId,
  };
  const connections = [...report.connections.values()].map(encodeConnection);
  return {
    peer: encodeGobValue(PEER, summary, TYPE_IDS),
    connections: encodeGobValue(CONNECTIONS, connections, TYPE_IDS),
  };
}

/** @throws GobError, later as well: connections are read when they are asked for */
export function decodePeers(content: Content): readonly PeerReport[] {
  if (content instanceof TopologyUpdate) return content.reports;
  const decoder = new GobDecoder(content.bytes());
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
  private read: ReadonlyMap<PeerName, ConnectionSummary> | null = null;

  constructor(peer: GobValue<typeof PEER>, readConnections: () => readonly Connection[]) {
    this.name = nameOf(peer.NameByte);
    this.nickname = peer.NickName;
    this.uid = peer.UID;
    this.version = peer.Version;
    this.shortId = peer.ShortID;
    this.hasShortId = peer.HasShortID;
    this.readConnections = readConnections;
  }

  get connections(): ReadonlyMap<PeerName, ConnectionSummary> {
    this.read ??= new Map(
      this.readConnections()
        .map(decodeConnection)
        .map((connection) => [connection.remote, connection]),
    );
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
