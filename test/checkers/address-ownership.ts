import { subnetRange } from '../../models/weave/ipam/address-range.ts';
import type { Allocator } from '../../models/weave/ipam/allocator.ts';
import { formatPeerName, type PeerName } from '../../models/weave/peer-name.ts';
import { formatIpv4, formatPrefix, type Ipv4Prefix, parseIpv4 } from '../../models/wire/ipv4-address.ts';

/**
 * What is wrong with who owns what among allocators that share a range of addresses: nothing may be, at any
 * moment, however far what they know of each other differs.
 */
export function ownershipProblems(peers: ReadonlyMap<PeerName, Allocator>): string[] {
  const problems: string[] = [];
  const holders = new Map<string, string>();
  const subnets: { owner: string; subnet: Ipv4Prefix }[] = [];
  for (const [name, allocator] of peers) {
    const owner = formatPeerName(name);
    problems.push(...gapsOf(allocator).map((gap) => `${owner}: ${gap}`));
    const own = allocator.ownedSubnets();
    for (const subnet of own) {
      const other = subnets.find((known) => known.owner !== owner && overlap(known.subnet, subnet));
      if (other !== undefined) problems.push(`${owner} and ${other.owner} own ${formatPrefix(subnet)}`);
    }
    subnets.push(...own.map((subnet) => ({ owner, subnet })));
    for (const [id, prefixes] of allocator.ownedAddresses()) {
      for (const { address } of prefixes) {
        const holder = `${id} of ${owner}`;
        const text = formatIpv4(address);
        if (holders.has(text)) problems.push(`${holders.get(text)} and ${holder} have ${text}`);
        holders.set(text, holder);
        if (!own.some((subnet) => overlap(subnet, { address, length: 32 }))) {
          problems.push(`${holder} has ${text}, which is none of its peer's`);
        }
      }
    }
  }
  return problems;
}

/** Whether all know the same owners of the same ranges. */
export function haveConverged(peers: ReadonlyMap<PeerName, Allocator>): boolean {
  const views = [...peers.values()].map((allocator) =>
    JSON.stringify(
      allocator.status().Entries?.map(({ Token, Size, Peer, Version }) => [Token, Size, Peer, Version]),
    ),
  );
  return views.every((view) => view === views[0]);
}

/** A ring covers all addresses, each once. */
function gapsOf(allocator: Allocator): string[] {
  const { Entries, RangeNumIPs } = allocator.status();
  if (Entries === null) return [];
  const gaps: string[] = [];
  const ranges = Entries.map(({ Token, Size }) => ({ start: parseIpv4(Token)! >>> 0, size: Size }));
  ranges.sort((a, b) => a.start - b.start);
  ranges.forEach(({ start, size }, index) => {
    const next = ranges[index + 1];
    if (next !== undefined && next.start !== start + size)
      gaps.push(`a gap before ${formatIpv4(next.start | 0)}`);
  });
  const total = ranges.reduce((sum, { size }) => sum + size, 0);
  if (total !== RangeNumIPs) gaps.push(`${total} of ${RangeNumIPs} addresses`);
  return gaps;
}

function overlap(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  const one = subnetRange(a);
  const other = subnetRange(b);
  return one.start < other.end && other.start < one.end;
}
