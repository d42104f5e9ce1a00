import type { Interface } from '../../netns/interface/interface.ts';
import { addressType, onLink } from '../../netns/ipv4/source-address.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { type Packet, PacketType } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type {
  AddressMatch,
  AddressType,
  AddrtypeMatch,
  IprangeMatch,
  LengthMatch,
  MacMatch,
  Negatable,
  PkttypeMatch,
  Range,
  TtlMatch,
} from '../control-types.ts';
import type { Matcher } from './matcher.ts';

export function isAddressWithin(address: Ipv4Address, match: AddressMatch | undefined): boolean {
  if (match === undefined) return true;
  return (((address & match.mask) | 0) === (match.address | 0)) !== (match.not === true);
}

/** `-m addrtype` (Linux `xt_addrtype`). */
export class AddrtypeMatcher implements Matcher {
  constructor(
    private readonly spec: AddrtypeMatch,
    private readonly namespace: NetworkNamespace,
  ) {}

  test(packet: Packet, inIface: Interface | null, outIface: Interface | null): boolean {
    const { source, destination, limitIfaceIn, limitIfaceOut } = this.spec;
    const iface = limitIfaceIn === true ? inIface : limitIfaceOut === true ? outIface : null;
    if (source !== undefined && !this.isAmong(packet.ipSource, source, iface)) return false;
    return destination === undefined || this.isAmong(packet.ipDestination, destination, iface);
  }

  private isAmong(
    address: Ipv4Address,
    { any, not }: Negatable & { any: AddressType[] },
    iface: Interface | null,
  ): boolean {
    let type = addressType(this.namespace, address).toUpperCase() as AddressType;
    // another interface's address is none of this one's
    if (iface !== null && type === 'LOCAL' && !iface.addresses.some((own) => own.address === address)) {
      type = 'UNICAST';
    }
    if (iface !== null && type === 'BROADCAST' && address !== -1 && !onLink(iface, address)) {
      type = 'UNICAST';
    }
    return any.includes(type) !== (not === true);
  }
}

/** `-m iprange`. */
export class IprangeMatcher implements Matcher {
  constructor(private readonly spec: IprangeMatch) {}

  test(packet: Packet): boolean {
    const { source, destination } = this.spec;
    return isBetween(packet.ipSource, source) && isBetween(packet.ipDestination, destination);
  }
}

function isBetween(address: Ipv4Address, range: (Range & Negatable) | undefined): boolean {
  if (range === undefined) return true;
  const value = address >>> 0;
  return (value >= range.first && value <= range.last) !== (range.not === true);
}

/** `-m length`. */
export class LengthMatcher implements Matcher {
  constructor(private readonly spec: LengthMatch) {}

  test(packet: Packet): boolean {
    const { first, last, not } = this.spec;
    const length = packet.length - 14;
    return (length >= first && length <= last) !== (not === true);
  }
}

/** `-m ttl`. */
export class TtlMatcher implements Matcher {
  constructor(private readonly spec: TtlMatch) {}

  test({ ttl }: Packet): boolean {
    const { compare, value, not } = this.spec;
    if (compare === 'lt') return ttl < value;
    if (compare === 'gt') return ttl > value;
    return (ttl === value) !== (not === true);
  }
}

/** `-m mac`: never matches what starts here. */
export class MacMatcher implements Matcher {
  constructor(
    private readonly spec: MacMatch,
    private readonly namespace: NetworkNamespace,
  ) {}

  test(packet: Packet, inIface: Interface | null): boolean {
    if (inIface === null) return false;
    const source = this.namespace.network.macs.address(packet.source);
    return (source === this.spec.source) !== (this.spec.not === true);
  }
}

/** `-m pkttype`. */
export class PkttypeMatcher implements Matcher {
  constructor(private readonly spec: PkttypeMatch) {}

  test(packet: Packet): boolean {
    const wanted = PacketType[this.spec.type === 'unicast' ? 'host' : this.spec.type];
    return (packet.packetType === wanted) !== (this.spec.not === true);
  }
}
