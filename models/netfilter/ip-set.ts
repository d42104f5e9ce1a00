import { ControlError } from '../netns/control-error.ts';
import type { Packet } from '../packet.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { prefixMask } from '../wire/ipv4-address.ts';
import type { SetEntrySpec, SetEntryView, SetSpec } from './control-types.ts';
import { transportView } from './match/transport-view.ts';

const DEFAULT_HASH_SIZE = 1024;
const DEFAULT_MAX_ELEMENTS = 65_536;
const DEFAULT_LIST_SIZE = 8;

class SetEntry {
  packets = 0;
  bytes = 0;
  /** Nanoseconds; infinite for one that stays. */
  expires = Number.POSITIVE_INFINITY;
  nomatch = false;
  comment: string | undefined;

  constructor(readonly spec: SetEntrySpec) {}
}

/** Where an entry is kept: by prefix length or address, and in there by address or port. */
interface Place {
  outer: number;
  inner: number;
}

type Direction = 'src' | 'dst';

/** A set of addresses (and ports) that rules ask by name (ipset(8), Linux `net/netfilter/ipset`). */
export class IpSet {
  name: string;
  readonly spec: SetSpec;
  readonly hashSize: number;
  readonly maxElements: number;
  private readonly entries = new Map<number, Map<number, SetEntry>>();
  /** Of `list:set`: the members, asked in order. */
  private readonly members: { set: IpSet; entry: SetEntry }[] = [];
  /** Prefix lengths of `hash:net`, longest first. */
  private lengths: number[] = [];
  private count = 0;

  constructor(spec: SetSpec) {
    this.name = spec.name;
    this.spec = spec;
    const list = spec.type === 'list:set';
    this.hashSize = spec.hashSize ?? DEFAULT_HASH_SIZE;
    this.maxElements = spec.maxElements ?? (list ? DEFAULT_LIST_SIZE : DEFAULT_MAX_ELEMENTS);
  }

  /** @throws ControlError EEXIST unless `exist`, ENOSPC when it is full, EINVAL for an entry of another kind */
  add(spec: SetEntrySpec, exist: boolean, now: number, find: (name: string) => IpSet): void {
    this.expire(now);
    if (spec.timeout !== undefined && this.spec.timeout === undefined) throw new ControlError('EINVAL');
    const old = this.spec.type === 'list:set' ? this.member(spec)?.entry : this.at(this.placeOf(spec));
    if (old !== undefined) {
      if (!exist) throw new ControlError('EEXIST');
      this.fillIn(old, spec, now);
      return;
    }
    if (this.count >= this.maxElements) throw new ControlError('ENOSPC');
    const entry = new SetEntry(this.normalized(spec));
    this.fillIn(entry, spec, now);
    this.count++;
    if (this.spec.type === 'list:set') {
      const set = find(spec.set ?? '');
      if (set.spec.type === 'list:set') throw new ControlError('EINVAL');
      this.members.push({ set, entry });
      return;
    }
    const { outer, inner } = this.placeOf(spec);
    let inside = this.entries.get(outer);
    if (inside === undefined) {
      inside = new Map();
      this.entries.set(outer, inside);
      this.lengths = [...this.entries.keys()].sort((a, b) => b - a);
    }
    inside.set(inner, entry);
  }

  /** @throws ControlError ENOENT unless `exist` */
  delete(spec: SetEntrySpec, exist: boolean, now: number): void {
    this.expire(now);
    if (this.spec.type === 'list:set') {
      const place = this.members.findIndex(({ set }) => set.name === spec.set);
      if (place < 0 && !exist) throw new ControlError('ENOENT');
      if (place >= 0) this.members.splice(place, 1);
      if (place >= 0) this.count--;
      return;
    }
    const place = this.placeOf(spec);
    if (this.at(place) === undefined) {
      if (!exist) throw new ControlError('ENOENT');
      return;
    }
    this.remove(place);
  }

  flush(): void {
    this.entries.clear();
    this.members.length = 0;
    this.lengths = [];
    this.count = 0;
  }

  /** Whether an element is in the set; of `hash:net`, an address also by the nets around it. */
  has(spec: SetEntrySpec, now: number): boolean {
    this.expire(now);
    if (this.spec.type === 'list:set') return this.member(spec) !== undefined;
    if (this.spec.type === 'hash:net' && (spec.prefixLength ?? 32) === 32) {
      const entry = this.findNet(spec.address ?? 0, now);
      return entry !== undefined && !entry.nomatch;
    }
    const entry = this.at(this.placeOf(spec));
    return entry !== undefined && !entry.nomatch;
  }

  /** Whether a packet's address (and port) is in the set; counts it there. `-m set --match-set`. */
  matches(packet: Packet, directions: readonly Direction[], now: number, nomatch = false): boolean {
    if (this.spec.type === 'list:set') {
      for (const { set, entry } of this.members) {
        if (entry.expires > now && set.matches(packet, directions, now, nomatch)) return true;
      }
      return false;
    }
    const entry = this.findPacket(packet, directions, now);
    if (entry === undefined || entry.expires <= now || entry.nomatch !== nomatch) return false;
    entry.packets++;
    entry.bytes += packet.length - 14;
    return true;
  }

  /** Members that name another set. */
  references(name: string): number {
    return this.members.filter(({ set }) => set.name === name).length;
  }

  view(now: number): SetEntryView[] {
    this.expire(now);
    const all = this.members.map(({ set, entry }) => ({ entry, spec: { ...entry.spec, set: set.name } }));
    for (const inside of this.entries.values()) {
      for (const entry of inside.values()) all.push({ entry, spec: { ...entry.spec, set: '' } });
    }
    return all.map(({ entry, spec }) => {
      const view: SetEntryView = { ...spec };
      if (this.spec.type !== 'list:set') delete view.set;
      delete view.timeout;
      if (this.spec.timeout !== undefined) {
        view.timeout = Number.isFinite(entry.expires) ? secondsLeft(entry.expires - now) : 0;
      }
      if (entry.nomatch) view.nomatch = true;
      if (entry.comment !== undefined) view.comment = entry.comment;
      if (this.spec.counters === true) Object.assign(view, { packets: entry.packets, bytes: entry.bytes });
      return view;
    });
  }

  private findPacket(packet: Packet, directions: readonly Direction[], now: number): SetEntry | undefined {
    const address = directions[0] === 'src' ? packet.ipSource : packet.ipDestination;
    switch (this.spec.type) {
      case 'hash:net':
        return this.findNet(address, now);
      case 'hash:ip':
        return this.at({ outer: 0, inner: (address & prefixMask(this.spec.netmask ?? 32)) | 0 });
      default: {
        const port = portOf(packet, directions[1] === 'src');
        return port === undefined ? undefined : this.at({ outer: address, inner: port });
      }
    }
  }

  private findNet(address: number, now: number): SetEntry | undefined {
    for (const length of this.lengths) {
      const entry = this.at({ outer: length, inner: (address & prefixMask(length)) | 0 });
      if (entry !== undefined && entry.expires > now) return entry;
    }
    return undefined;
  }

  private at({ outer, inner }: Place): SetEntry | undefined {
    return this.entries.get(outer)?.get(inner);
  }

  private member(spec: SetEntrySpec): { set: IpSet; entry: SetEntry } | undefined {
    return this.members.find(({ set }) => set.name === spec.set);
  }

  private remove({ outer, inner }: Place): void {
    const inside = this.entries.get(outer)!;
    inside.delete(inner);
    this.count--;
    if (inside.size > 0) return;
    this.entries.delete(outer);
    this.lengths = [...this.entries.keys()].sort((a, b) => b - a);
  }

  private placeOf(spec: SetEntrySpec): Place {
    const { address, prefixLength = 32, protocol, port } = spec;
    if (address === undefined) throw new ControlError('EINVAL');
    switch (this.spec.type) {
      case 'hash:net':
        if (prefixLength < 1 || prefixLength > 32) throw new ControlError('EINVAL');
        return { outer: prefixLength, inner: (address & prefixMask(prefixLength)) | 0 };
      case 'hash:ip':
        return { outer: 0, inner: (address & prefixMask(this.spec.netmask ?? 32)) | 0 };
      default:
        if (protocol === undefined || port === undefined) throw new ControlError('EINVAL');
        return { outer: address | 0, inner: (protocol << 16) | port };
    }
  }

  /** As it is kept: host bits cut off. */
  private normalized(spec: SetEntrySpec): SetEntrySpec {
    const { type, netmask = 32 } = this.spec;
    if (spec.address === undefined) return { ...spec };
    const length = type === 'hash:net' ? (spec.prefixLength ?? 32) : type === 'hash:ip' ? netmask : 32;
    const address = (spec.address & prefixMask(length)) | 0;
    return type === 'hash:net' ? { ...spec, address, prefixLength: length } : { ...spec, address };
  }

  private fillIn(entry: SetEntry, spec: SetEntrySpec, now: number): void {
    const timeout = spec.timeout ?? this.spec.timeout ?? 0;
    entry.expires = timeout === 0 ? Number.POSITIVE_INFINITY : now + timeout * 1e9;
    entry.nomatch = spec.nomatch === true;
    entry.comment = spec.comment;
  }

  /** Forgets what has timed out; rules look at the time themselves. */
  private expire(now: number): void {
    if (this.spec.timeout === undefined) return;
    for (const [outer, inside] of [...this.entries]) {
      for (const [inner, entry] of [...inside]) if (entry.expires <= now) this.remove({ outer, inner });
    }
    for (let i = this.members.length - 1; i >= 0; i--) {
      if (this.members[i].entry.expires > now) continue;
      this.members.splice(i, 1);
      this.count--;
    }
  }
}

/** Protocol and port of one side in one number, as `hash:ip,port` keeps them. */
function portOf(packet: Packet, source: boolean): number | undefined {
  const view = transportView(packet);
  if (view === null) return undefined;
  switch (packet.protocol) {
    case IpProtocol.tcp:
    case IpProtocol.udp:
      return (packet.protocol << 16) | (source ? view.sourcePort : view.destinationPort);
    case IpProtocol.icmp:
      return (packet.protocol << 16) | (view.icmpType << 8) | view.icmpCode;
    default:
      return undefined;
  }
}

/** Whole seconds as ip_set_timeout_get has them: rounded down, but never the 0 that means for ever. */
function secondsLeft(nanoseconds: number): number {
  return Math.max(1, Math.floor(nanoseconds / 1e9));
}
