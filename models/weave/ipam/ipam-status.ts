import { formatIpv4, type Ipv4Prefix } from '../../wire/ipv4-address.ts';

/** IPAM in `weave report`, with the names that it has there (Weave: `ipam/status.go`). */
export interface IpamStatus {
  /** Null once there is a ring, and before anybody has asked for one. */
  Paxos: { Elector: boolean; KnownNodes: number; Quorum: number } | null;
  Range: string;
  RangeNumIPs: number;
  ActiveIPs: number;
  DefaultSubnet: string;
  /** In the order of the ring. */
  Entries: IpamEntryStatus[] | null;
  PendingClaims: { Ident: string; CIDR: { Addr: string; PrefixLen: number } }[] | null;
  PendingAllocates: string[] | null;
}

export interface IpamEntryStatus {
  Token: string;
  Size: number;
  Peer: string;
  Nickname: string;
  IsKnownPeer: boolean;
  Version: number;
}

/** What one peer owns, for `weave status ipam`. */
export interface IpamShare {
  readonly peer: string;
  readonly nickname: string;
  readonly addresses: number;
  readonly reachable: boolean;
}

/** What `weave status` says. */
export function ipamState({ Paxos, Entries, PendingAllocates }: IpamStatus): string {
  if (Entries !== null) {
    if (!Entries.some(({ Size, IsKnownPeer }) => Size > 0 && IsKnownPeer)) {
      return "all IP ranges owned by unreachable peers - use 'rmpeer' if they are dead";
    }
    return PendingAllocates === null ? 'ready' : 'waiting for IP(s) to become available';
  }
  if (Paxos === null) return 'idle';
  if (!Paxos.Elector) return 'priming';
  return `awaiting consensus (quorum: ${Paxos.Quorum}, known: ${Paxos.KnownNodes})`;
}

/** Who owns how much, in the order of the ring. */
export function ipamShares({ Entries }: IpamStatus): IpamShare[] {
  const shares = new Map<string, IpamShare>();
  for (const { Peer, Nickname, Size, IsKnownPeer } of Entries ?? []) {
    const addresses = (shares.get(Peer)?.addresses ?? 0) + Size;
    shares.set(Peer, { peer: Peer, nickname: Nickname, addresses, reachable: IsKnownPeer });
  }
  return [...shares.values()];
}

/** An address as Go prints its parts. */
export function cidrStatus({ address, length }: Ipv4Prefix): { Addr: string; PrefixLen: number } {
  return { Addr: formatIpv4(address), PrefixLen: length };
}

/** As Go prints a list that nothing was ever put into. */
export function orNull<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list;
}
