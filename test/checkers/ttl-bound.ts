import type { Tap } from '../../models/link/tap.ts';
import { type Interface, InterfaceKind } from '../../models/netns/interface/interface.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { isFragment, type Packet } from '../../models/packet.ts';
import { EtherType } from '../../models/wire/ethernet.ts';
import { ParallelTaps } from '../support/parallel-taps.ts';

/** How often a datagram has been sent by an IP stack so far, and the TTL that it began with. */
interface Way {
  first: number;
  transmissions: number;
}

/**
 * Follows the datagrams of flows from host to host: each time one is sent by an interface under that interface's
 * own MAC address, an IP stack has sent it, the first time its sender and from then on routers. The TTL must go
 * down by one each time and never let it go further than its first value.
 */
export class TtlWatch implements Tap {
  readonly problems: string[] = [];
  /** Most routers that any datagram crossed. */
  longestWay = 0;
  private readonly ways = new Map<string, Way>();

  /** Watches all interfaces that these have now. */
  constructor(namespaces: readonly NetworkNamespace[]) {
    for (const namespace of namespaces) {
      for (const iface of namespace.interfaces()) ParallelTaps.add(iface, this);
    }
  }

  ingress(iface: Interface, packet: Packet): void {
    if (packet.etherType === EtherType.ipv4 && packet.ttl < 1) {
      this.problems.push(`${iface.fullName} received a packet with TTL ${packet.ttl}`);
    }
  }

  egress(iface: Interface, packet: Packet): void {
    const sentByIp = iface.port === null && packet.source === iface.mac;
    if (packet.etherType !== EtherType.ipv4 || !sentByIp || packet.flow === 0 || isFragment(packet)) return;
    if (iface.kind === InterfaceKind.loopback) return;
    const key = `${packet.flow} ${packet.flowSequence} ${packet.ipSource}`;
    const way = this.ways.get(key);
    if (way === undefined) {
      this.ways.set(key, { first: packet.ttl, transmissions: 1 });
      return;
    }
    const expected = way.first - way.transmissions;
    if (packet.ttl !== expected) {
      this.problems.push(`${iface.fullName} sent TTL ${packet.ttl} where ${expected} was due`);
    }
    this.longestWay = Math.max(this.longestWay, way.transmissions);
    way.transmissions++;
  }

  /** @throws Error with the first things that went wrong */
  check(): void {
    if (this.problems.length > 0) throw new Error(this.problems.slice(0, 5).join('; '));
  }
}
