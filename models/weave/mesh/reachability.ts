import { type PeerName, UNKNOWN_PEER } from '../peer-name.ts';
import type { Peer } from './peer.ts';

/** The peers among which ways are looked for. */
export interface PeerSource {
  fetch(name: PeerName): Peer | undefined;
  all(): readonly Peer[];
  readonly size: number;
}

/** What has been reached, with the neighbour of the start through which. */
export type NextHops = Map<PeerName, PeerName>;

/** Only connections that are established and that both ends report; or all that one end reports. */
export type ConnectionsUsed = 'symmetric' | 'all';

/**
 * Widens breadth-first from a peer, each level in ascending order of names, so that all peers that know the same find
 * the same (mesh `Peer.routes`).
 * @param stopAt ends it when this peer's turn has come
 * @returns null when it was never reached
 */
export function reach(
  peers: PeerSource,
  start: Peer,
  used: ConnectionsUsed,
  stopAt: Peer | null,
): NextHops | null {
  const hops: NextHops = new Map([[start.name, UNKNOWN_PEER]]);
  let level = [start];
  let rest: readonly Peer[] = peers.all();
  while (level.length > 0) {
    const next: Peer[] = [];
    for (const peer of level) {
      if (peer === stopAt) return hops;
      // nothing is left that could be found
      if (hops.size === peers.size) return hops;
      const found =
        peer === start
          ? newNeighbours(peers, peer, used, hops)
          : rest.filter((other) => !hops.has(other.name) && isConnected(peer, other, used));
      for (const remote of found) {
        next.push(remote);
        hops.set(remote.name, peer === start ? remote.name : hops.get(peer.name)!);
      }
    }
    // mostly all or nearly all are connected to the start
    rest = rest.filter(({ name }) => !hops.has(name));
    level = next.sort((a, b) => a.name - b.name);
  }
  return stopAt === null ? hops : null;
}

/** Peers at the other ends of its connections that are not in `known` (mesh `forEachConnectedPeer`). */
export function newNeighbours(peers: PeerSource, peer: Peer, used: ConnectionsUsed, known: NextHops): Peer[] {
  const found: Peer[] = [];
  for (const name of peer.connections.keys()) {
    if (known.has(name)) continue;
    const remote = peers.fetch(name);
    if (remote !== undefined && isConnected(peer, remote, used)) found.push(remote);
  }
  return found;
}

function isConnected(peer: Peer, remote: Peer, used: ConnectionsUsed): boolean {
  const connection = peer.connections.get(remote.name);
  if (connection === undefined) return false;
  if (used === 'all') return true;
  return connection.established && remote.connections.get(peer.name)?.established === true;
}
