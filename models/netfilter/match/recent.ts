import type { Interface } from '../../netns/interface/interface.ts';
import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { RecentMatch } from '../control-types.ts';
import type { Matcher } from './matcher.ts';

/** Addresses that a list holds, and times that it holds of each (module parameters of Linux `xt_recent`). */
const LIST_LIMIT = 100;
const STAMPS_LIMIT = 32;

interface RecentEntry {
  ttl: number;
  /** Nanoseconds, oldest first. */
  stamps: number[];
}

/** A list of addresses, by when they were last seen: the oldest first. */
export type RecentList = Map<Ipv4Address, RecentEntry>;

/** `-m recent` (Linux `xt_recent`). */
export class RecentMatcher implements Matcher {
  constructor(
    private readonly spec: RecentMatch,
    private readonly list: RecentList,
    private readonly clock: { readonly now: number },
  ) {}

  test(packet: Packet, _inIface: Interface | null, outIface: Interface | null): boolean {
    const { spec, list } = this;
    const address = ((spec.side === 'source' ? packet.ipSource : packet.ipDestination) & spec.mask) | 0;
    // as it was before this host forwarded the packet
    const ttl = packet.ttl + (outIface !== null && packet.ingress !== null ? 1 : 0);
    let entry = list.get(address);
    if (entry !== undefined && spec.sameTtl === true && entry.ttl !== ttl) entry = undefined;
    const not = spec.not === true;
    if (entry === undefined) {
      if (spec.command !== 'set') return not;
      this.add(address, ttl);
      return !not;
    }
    switch (spec.command) {
      case 'remove':
        list.delete(address);
        return !not;
      case 'set':
        this.renew(address, entry, ttl);
        return !not;
      default: {
        const result = this.isRecent(entry) !== not;
        if (spec.reap === true) this.reap(spec.command === 'update' && result ? address : null);
        if (spec.command === 'update' && result) this.renew(address, entry, ttl);
        return result;
      }
    }
  }

  private isRecent({ stamps }: RecentEntry): boolean {
    const { seconds, hitcount } = this.spec;
    const since = seconds === undefined || seconds === 0 ? -1 : this.clock.now - seconds * 1e9;
    let hits = 0;
    for (const stamp of stamps) if (stamp >= since) hits++;
    return hits >= Math.max(1, hitcount ?? 1);
  }

  private add(address: Ipv4Address, ttl: number): void {
    if (this.list.size >= LIST_LIMIT) {
      for (const oldest of this.list.keys()) {
        this.list.delete(oldest);
        break;
      }
    }
    this.list.set(address, { ttl, stamps: [this.clock.now] });
  }

  private renew(address: Ipv4Address, entry: RecentEntry, ttl: number): void {
    entry.ttl = ttl;
    entry.stamps.push(this.clock.now);
    if (entry.stamps.length > STAMPS_LIMIT) entry.stamps.shift();
    this.list.delete(address);
    this.list.set(address, entry);
  }

  /** Takes out the entry that was not seen for the longest time, if that is too long ago. */
  private reap(kept: Ipv4Address | null): void {
    const since = this.clock.now - (this.spec.seconds ?? 0) * 1e9;
    for (const [address, { stamps }] of this.list) {
      if (address !== kept && stamps[stamps.length - 1] < since) this.list.delete(address);
      return;
    }
  }
}
