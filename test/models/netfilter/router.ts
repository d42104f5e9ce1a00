import { expect } from 'vitest';
import type { NetfilterControl, RuleSpec, TargetSpec } from '../../../models/netfilter/control-types.ts';
import type { Hook } from '../../../models/netfilter/hooks.ts';
import type { Interface } from '../../../models/netns/interface/interface.ts';
import type { Network } from '../../../models/netns/network.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { type Packet, updateIpLength } from '../../../models/packet.ts';
import { IpProtocol } from '../../../models/wire/ipv4.ts';
import { TcpFlag } from '../../../models/wire/tcp.ts';
import { addAddress, addHost, ip, newNetwork, prefix } from '../../support/networks.ts';

/** Header fields that tests care about. */
export interface Header {
  protocol: 'tcp' | 'udp' | 'icmp';
  source: string;
  destination: string;
  /** Of ICMP the identifier. */
  sourcePort: number;
  /** Of ICMP the type. */
  destinationPort: number;
  flags?: number;
}

/** A host between `inside` (10.1.0.1/16) and `outside` (192.0.2.1/24) whose hooks are called by hand. */
export class Router {
  readonly network: Network = newNetwork();
  readonly namespace: NetworkNamespace;
  readonly control: NetfilterControl;
  readonly inside: Interface;
  readonly outside: Interface;

  constructor() {
    this.namespace = addHost(this.network, 'router');
    for (const [name, address] of [
      ['inside', '10.1.0.1/16'],
      ['outside', '192.0.2.1/24'],
    ] as const) {
      this.namespace.addVeth({ name, peer: { name: `${name}-peer` } });
      this.namespace.setLinkUp(`${name}-peer`, true);
      this.namespace.setLinkUp(name, true);
      addAddress(this.namespace, name, address);
    }
    this.inside = this.namespace.findInterface('inside')!;
    this.outside = this.namespace.findInterface('outside')!;
    this.control = this.namespace.netfilter;
  }

  packet(header: Header): Packet {
    const packet = this.network.pool.create();
    packet.etherType = 0x0800;
    packet.ipSource = ip(header.source);
    packet.ipDestination = ip(header.destination);
    packet.protocol = IpProtocol[header.protocol];
    packet.ttl = 64;
    packet.sourcePort = header.sourcePort;
    packet.destinationPort = header.destinationPort;
    if (header.protocol === 'icmp') {
      packet.icmpType = header.destinationPort;
      packet.icmpCode = 0;
      packet.icmpWord = header.sourcePort << 16;
    }
    if (header.protocol === 'tcp') {
      const flags = header.flags ?? TcpFlag.syn;
      packet.tcp = { sequence: 0, acknowledgement: 0, flags, window: 1000, options: new Uint8Array(0) };
    }
    updateIpLength(packet);
    return packet;
  }

  /** Takes a packet through PREROUTING, FORWARD and POSTROUTING; null when it was dropped. */
  forward(packet: Packet, from: Interface): Packet | null {
    const to = from === this.inside ? this.outside : this.inside;
    packet.ingress = from;
    const { preRouting, forward, postRouting } = this.namespace.hooks ?? {};
    let passed: Packet | null = packet;
    for (const [hook, inIface, outIface] of [
      [preRouting, from, null],
      [forward, from, to],
      [postRouting, null, to],
    ] as [Hook | null | undefined, Interface | null, Interface | null][]) {
      packet.nexthopAddress = packet.ipDestination;
      if (passed !== null && hook != null) passed = hook.run(passed, inIface, outIface);
    }
    return passed;
  }

  /** The packet leaves: what it looks like, in words. */
  release(packet: Packet | null): string {
    if (packet === null) return 'dropped';
    const text = describe(packet);
    this.network.deliver(packet);
    return text;
  }

  /** Sends one packet through and answers what comes out. */
  pass(header: Header, from: Interface = this.inside): string {
    return this.release(this.forward(this.packet(header), from));
  }

  wait(nanoseconds: number): void {
    const { simulation } = this.network;
    simulation.run({ until: simulation.now + nanoseconds });
  }
}

/** `10.1.0.2:1000 > 192.0.2.9:53` */
export function describe(packet: Packet): string {
  const icmp = packet.protocol === IpProtocol.icmp;
  const source = icmp ? packet.icmpWord >>> 16 : packet.sourcePort;
  const destination = icmp ? packet.icmpType : packet.destinationPort;
  return `${text(packet.ipSource)}:${source} > ${text(packet.ipDestination)}:${destination}`;
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

export const udp = (source: string, sourcePort: number, destination: string, port: number): Header => ({
  protocol: 'udp',
  source,
  sourcePort,
  destination,
  destinationPort: port,
});

export const tcp = (
  source: string,
  sourcePort: number,
  destination: string,
  port: number,
  flags = TcpFlag.syn as number,
): Header => ({ protocol: 'tcp', source, sourcePort, destination, destinationPort: port, flags });

export const echo = (source: string, id: number, destination: string, type = 8): Header => ({
  protocol: 'icmp',
  source,
  sourcePort: id,
  destination,
  destinationPort: type,
});

/** `10.0.0.0/8` as `-s` and `-d` have it. */
export function net(prefixText: string): { address: number; mask: number } {
  const { destination, prefixLength } = prefix(prefixText);
  return { address: destination, mask: prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0 };
}

export function rule(target: TargetSpec | 'ACCEPT' | 'DROP', more: RuleSpec = {}): RuleSpec {
  return { ...more, target: typeof target === 'string' ? { target } : target };
}

/** Addresses of `-j SNAT --to` and `-j DNAT --to`. */
export function range(first: string, last = first): { first: number; last: number } {
  return { first: ip(first) >>> 0, last: ip(last) >>> 0 };
}

export function expectNothingLeft(router: Router): void {
  expect(router.network.pool.inFlight).toBe(0);
}
