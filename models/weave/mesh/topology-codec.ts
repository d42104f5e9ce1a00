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
import { GobEncoder } from '../wire/gob-encoder.ts';
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

/** What is known of some peers, each followed by its connections (mesh `Peers.encodePeers`). */
export function encodePeers(peers: readonly Peer[]): Uint8Array {
  const encoder = new GobEncoder();
  for (const peer of peers) {
    encoder.encode(PEER, {
      NameByte: nameBytes(peer.name),
      NickName: peer.nickname,
      UID: peer.uid,
      Version: peer.version,
      ShortID: peer.shortId,
      HasShortID: peer.hasShortId,
    });
    encoder.encode(CONNECTIONS, [...peer.connections.values()].map(encodeConnection));
  }
  return encoder.bytes();
}

/** @throws GobError */
export function decodePeers(bytes: Uint8Array): PeerReport[] {
  const decoder = new GobDecoder(bytes);
  const reports: PeerReport[] = [];
  while (!decoder.ended) {
    const peer = decoder.decode(PEER);
    const connections = decoder.decode(CONNECTIONS);
    reports.push({
      name: nameOf(peer.NameByte),
      nickname: peer.NickName,
      uid: peer.UID,
      version: peer.Version,
      shortId: peer.ShortID,
      hasShortId: peer.HasShortID,
      connections: connections.map(decodeConnection),
    });
  }
  return reports;
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
