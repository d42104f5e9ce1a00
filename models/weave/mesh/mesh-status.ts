import { formatPrefix } from '../../wire/ipv4-address.ts';
import { formatPeerName, type PeerName } from '../peer-name.ts';
import type { MeshConnection } from './mesh-connection.ts';
import type { MeshRouter } from './mesh-router.ts';
import type { Peer } from './peer.ts';
import { PROTOCOL_NAME, PROTOCOL_VERSION_MAX, PROTOCOL_VERSION_MIN } from './protocol.ts';
import type { Target } from './target.ts';

/** The part of `weave report` that is the mesh's, with its names and in its order (mesh `Status`). */
export interface MeshStatus {
  readonly Protocol: string;
  readonly ProtocolMinVersion: number;
  readonly ProtocolMaxVersion: number;
  readonly Encryption: boolean;
  readonly PeerDiscovery: boolean;
  readonly Name: string;
  readonly NickName: string;
  readonly Port: number;
  readonly Peers: readonly PeerStatus[];
  readonly UnicastRoutes: readonly { readonly Dest: string; readonly Via: string }[];
  readonly BroadcastRoutes: readonly { readonly Source: string; readonly Via: readonly string[] | null }[];
  readonly Connections: readonly LocalConnectionStatus[];
  readonly TerminationCount: number;
  /** Null for none. */
  readonly Targets: readonly string[] | null;
  readonly TrustedSubnets: readonly string[];
}

export interface PeerStatus {
  readonly Name: string;
  readonly NickName: string;
  readonly UID: bigint;
  readonly ShortID: number;
  readonly Version: bigint;
  /** Null for none. */
  readonly Connections: readonly PeerConnectionStatus[] | null;
}

export interface PeerConnectionStatus {
  readonly Name: string;
  readonly NickName: string;
  readonly Address: string;
  readonly Outbound: boolean;
  readonly Established: boolean;
}

export type ConnectionState = 'established' | 'pending' | 'waiting' | 'failed' | 'connecting' | 'retrying';

/** A line of `weave status connections`: a connection, or an address at which there is none. */
export interface LocalConnectionStatus {
  readonly Address: string;
  readonly Outbound: boolean;
  readonly State: ConnectionState;
  readonly Info: string;
  readonly Attrs: Readonly<Record<string, string | number | boolean>> | null;
}

/**
 * @param formatTime how a time (nanoseconds of the simulation) is shown: that of the next try
 */
export function meshStatus(router: MeshRouter, formatTime: (time: number) => string): MeshStatus {
  const { local } = router.peers;
  const targets = router.connectionMaker.directTargets(false);
  return {
    Protocol: PROTOCOL_NAME,
    ProtocolMinVersion: PROTOCOL_VERSION_MIN,
    ProtocolMaxVersion: PROTOCOL_VERSION_MAX,
    Encryption: router.password !== null,
    PeerDiscovery: router.discovery,
    Name: formatPeerName(local.name),
    NickName: local.nickname,
    Port: router.port,
    Peers: router.peers.all().map((peer) => peerStatus(router, peer)),
    UnicastRoutes: router.routes.unicastRoutes.map(([dest, via]) => {
      return { Dest: formatPeerName(dest), Via: formatPeerName(via) };
    }),
    BroadcastRoutes: router.routes.broadcastRoutes.map(([source, via]) => {
      return { Source: formatPeerName(source), Via: orNull(via.map(formatPeerName)) };
    }),
    Connections: connectionStatuses(router, formatTime),
    TerminationCount: router.connectionMaker.terminations,
    Targets: orNull(targets),
    TrustedSubnets: router.trustedSubnets.map(formatPrefix),
  };
}

function peerStatus(router: MeshRouter, peer: Peer): PeerStatus {
  const connections = [...peer.connections.values()].map(({ remote, address, outbound, established }) => {
    return {
      Name: formatPeerName(remote),
      NickName: nicknameOf(router, remote),
      Address: address,
      Outbound: outbound,
      Established: established,
    };
  });
  return {
    Name: formatPeerName(peer.name),
    NickName: peer.nickname,
    UID: peer.uid,
    ShortID: peer.shortId,
    Version: peer.version,
    Connections: orNull(connections),
  };
}

function nicknameOf(router: MeshRouter, name: PeerName): string {
  return router.peers.fetch(name)?.nickname ?? '';
}

function connectionStatuses(
  router: MeshRouter,
  formatTime: (time: number) => string,
): LocalConnectionStatus[] {
  const { connections, targets } = router.connectionMaker;
  const encrypts = router.password !== null;
  const made = [...connections].map((connection) => connectionStatus(connection, encrypts));
  const missing = [...targets].map(([address, target]) => targetStatus(address, target, formatTime));
  return [...made, ...missing.filter((status) => status !== null)];
}

function connectionStatus(connection: MeshConnection, encrypts: boolean): LocalConnectionStatus {
  const { address, outbound, established, untrusted, remotePeer } = connection;
  const attributes = new Map(connection.overlayConnection!.attributes());
  const overlay = String(attributes.get('name') ?? 'none');
  const encryption = encrypts ? `${untrusted ? 'encrypted' : 'unencrypted'}`.padEnd(12) : '';
  if (encrypts && untrusted) attributes.set('encrypted', true);
  return {
    Address: address,
    Outbound: outbound,
    State: established ? 'established' : 'pending',
    Info: `${encryption}${overlay.padEnd(6)} ${remotePeer}`,
    // as Go prints a map: by name
    Attrs: Object.fromEntries([...attributes].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function targetStatus(
  address: string,
  target: Target,
  formatTime: (time: number) => string,
): LocalConnectionStatus | null {
  const of = (State: ConnectionState, Info: string): LocalConnectionStatus => {
    return { Address: address, Outbound: true, State, Info, Attrs: null };
  };
  const { state, lastError, tryAfter } = target;
  switch (state) {
    case 'waiting': {
      const until = tryAfter === null ? 'never' : formatTime(tryAfter);
      return lastError === null
        ? of('waiting', `until: ${until}`)
        : of('failed', `${lastError}, retry: ${until}`);
    }
    case 'attempting':
      return lastError === null ? of('connecting', '') : of('retrying', lastError);
    default:
      return null;
  }
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
