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

/**
 * `weave status ipam`: a line for each peer that owns something, the peer itself first, the others in the
 * order of the ring (Go's order is random).
 * @param self the name of the peer whose status it is
 */
export function printIpamStatus(status: IpamStatus, self: string): string {
  const lines: string[] = [];
  for (const owner of ownersOf(status)) {
    const line = printOwner(owner, status, self);
    if (owner.Peer === self) lines.unshift(line);
    else lines.push(line);
  }
  return lines.join('');
}

/** One entry for each peer that owns something. */
function ownersOf({ Entries }: IpamStatus): Iterable<IpamEntryStatus> {
  const owners = new Map<string, IpamEntryStatus>();
  for (const entry of Entries ?? []) {
    const owner = owners.get(entry.Peer);
    if (owner === undefined) owners.set(entry.Peer, { ...entry });
    else owner.Size += entry.Size;
  }
  return owners.values();
}

function printOwner(owner: IpamEntryStatus, { RangeNumIPs, ActiveIPs }: IpamStatus, self: string): string {
  const name = `${owner.Peer}(${owner.Nickname})`.padEnd(37);
  const percent = oneDecimal(Math.fround((Math.fround(owner.Size) * 100) / Math.fround(RangeNumIPs)));
  const unreachable = owner.IsKnownPeer ? '' : '- unreachable!';
  const info = owner.Peer === self ? `(${ActiveIPs} active)` : unreachable;
  return `${name} ${String(owner.Size).padStart(8)} IPs (${percent.padStart(4, '0')}% of total) ${info}\n`;
}

/** As Go rounds: 6.25, halfway, goes to the even digit. JavaScript's `toFixed` would go up. */
function oneDecimal(value: number): string {
  const tenths = value * 10;
  const below = Math.floor(tenths);
  const roundsUp = tenths - below > 0.5 || (tenths - below === 0.5 && below % 2 === 1);
  return ((roundsUp ? below + 1 : below) / 10).toFixed(1);
}

/** An address as Go prints its parts. */
export function cidrStatus({ address, length }: Ipv4Prefix): { Addr: string; PrefixLen: number } {
  return { Addr: formatIpv4(address), PrefixLen: length };
}

/** As Go prints a list that nothing was ever put into. */
export function orNull<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list;
}
