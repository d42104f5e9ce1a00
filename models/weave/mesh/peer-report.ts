import type { PeerName } from '../peer-name.ts';
import type { ConnectionSummary, Peer } from './peer.ts';

/** A peer as a topology message tells of it. It does not change, and those who have heard it share it. */
export interface PeerReport {
  readonly name: PeerName;
  readonly nickname: string;
  readonly uid: bigint;
  readonly version: bigint;
  readonly shortId: number;
  readonly hasShortId: boolean;
  /** By name of the other end. */
  readonly connections: ReadonlyMap<PeerName, ConnectionSummary>;
}

const reports = new WeakMap<Peer, PeerReport>();

/** Keeps what somebody has reported of a peer, which is like that now. */
export function keepReport(peer: Peer, report: PeerReport): void {
  reports.set(peer, report);
}

/** What there is to tell of a peer. It is told of often, and changes seldom. */
export function reportOf(peer: Peer): PeerReport {
  const known = reports.get(peer);
  if (known !== undefined && isLike(known, peer)) return known;
  const { name, nickname, uid, version, shortId, hasShortId } = peer;
  const connections = new Map<PeerName, ConnectionSummary>();
  for (const { remote, address, outbound, established } of peer.connections.values()) {
    connections.set(remote, { remote, address, outbound, established });
  }
  const report = { name, nickname, uid, version, shortId, hasShortId, connections };
  reports.set(peer, report);
  return report;
}

function isLike(report: PeerReport, { uid, version, shortId, hasShortId }: Peer): boolean {
  return (
    report.version === version &&
    report.uid === uid &&
    report.shortId === shortId &&
    report.hasShortId === hasShortId
  );
}
