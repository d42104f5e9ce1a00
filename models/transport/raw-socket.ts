import { DropReason } from '../drop-reason.ts';
import type { Errno } from '../netns/control-error.ts';
import { ipLocalOutput } from '../netns/ipv4/ip-output.ts';
import { pathMtu } from '../netns/ipv4/path-mtu.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { RouteDecision } from '../netns/routing/route-decision.ts';
import { routeConnect, routeOutput } from '../netns/routing/route-output.ts';
import { ipTotalLength, type Packet, updateIpLength } from '../packet.ts';
import { EtherType } from '../wire/ethernet.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { initialPathMtuDiscovery, type PathMtuDiscovery, takeBack } from './udp.ts';

/**
 * A connected raw socket of one IP protocol (raw(7)): what is behind the IP header is the program's, header of the
 * transport protocol and all. It is for sending: what comes in for its protocol it does not hear.
 */
export class RawSocket {
  readonly namespace: NetworkNamespace;
  readonly protocol: number;
  localAddress: Ipv4Address = 0;
  remoteAddress: Ipv4Address = 0;
  pathMtuDiscovery: PathMtuDiscovery;
  /** Of the packet sent last; packets with DF count by themselves (Linux `inet_id`). */
  private ipId = 0;

  constructor(namespace: NetworkNamespace, protocol: number) {
    this.namespace = namespace;
    this.protocol = protocol;
    this.pathMtuDiscovery = initialPathMtuDiscovery(namespace);
  }

  /** Fixes the peer. @param local the source address, 0 for any */
  connect(local: Ipv4Address, remote: Ipv4Address): Errno | null {
    const { namespace } = this;
    const decision = routeConnect(namespace, local, remote);
    if (decision.kind === 'error' || decision.kind === 'drop') return decision.errno;
    this.localAddress = decision.source;
    this.remoteAddress = remote;
    const owner = `${namespace.name}:${this.protocol}:${local}:${remote}`;
    this.ipId = Math.floor(namespace.network.random.single('raw_ip_id', owner) * 0x10000);
    return null;
  }

  /** Longest IP packet that goes to the peer, as far as is known (IP_MTU of ip(7)); 0 without a route. */
  get mtu(): number {
    const decision = this.route(null);
    return decision.kind === 'error' || decision.kind === 'drop' ? 0 : this.mtuBy(decision);
  }

  /**
   * Sends a packet whose transport header and payload are filled in. What can't be sent is as if it had never been, but
   * for what it carries: that is dropped. ICMP errors about earlier packets are not told here, as tried on the kernel:
   * without IP_HDRINCL nothing looks at `sk_err`.
   * @returns the error that `write` would give, or null
   */
  send(packet: Packet): Errno | null {
    const { namespace } = this;
    packet.etherType = EtherType.ipv4;
    packet.protocol = this.protocol;
    packet.ipDestination = this.remoteAddress;
    packet.ttl = namespace.sysctls.ipDefaultTtl;
    packet.sentAt = namespace.network.simulation.now;
    updateIpLength(packet);
    const decision = this.route(packet);
    if (decision.kind === 'error' || decision.kind === 'drop') {
      takeBack(namespace, packet, decision.reason);
      return decision.errno;
    }
    packet.ipSource = decision.source;
    const tooLong = ipTotalLength(packet) > this.mtuBy(decision);
    if (tooLong && this.pathMtuDiscovery === 'do') {
      takeBack(namespace, packet, DropReason.packetTooBig);
      return 'EMSGSIZE';
    }
    packet.dontFragment = this.pathMtuDiscovery !== 'dont' && !tooLong;
    packet.ipId = packet.dontFragment ? this.nextIpId() : namespace.nextIpId();
    const errno = ipLocalOutput(namespace, packet, decision);
    // Linux raw_sendmsg
    return errno === 'ENOBUFS' ? null : errno;
  }

  private route(packet: Packet | null): RouteDecision {
    return routeOutput(this.namespace, this.localAddress, this.remoteAddress, null, packet);
  }

  private mtuBy({ nexthop, route }: RouteDecision): number {
    const { iface } = nexthop;
    return iface === null ? this.namespace.loopback.mtu : pathMtu(nexthop, iface, this.remoteAddress, route);
  }

  private nextIpId(): number {
    this.ipId = (this.ipId + 1) & 0xffff;
    return this.ipId;
  }
}
