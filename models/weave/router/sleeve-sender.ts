import type { Errno } from '../../netns/control-error.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { Packet } from '../../packet.ts';
import { RawSocket } from '../../transport/raw-socket.ts';
import type { UdpSocket } from '../../transport/udp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';

/** Where a peer is reached by UDP. */
export interface UdpEndpoint {
  readonly address: Ipv4Address;
  readonly port: number;
}

/** One of the two ways on which a router sends its datagrams. */
export interface SleeveSender {
  /** @returns what `write` would fail with, or null */
  send(packet: Packet, remote: UdpEndpoint): Errno | null;
}

/** Never with DF: the kernel makes checksum and fragments. */
export class PlainSender implements SleeveSender {
  constructor(private readonly socket: UdpSocket) {}

  send(packet: Packet, { address, port }: UdpEndpoint): Errno | null {
    return this.socket.sendPacket(packet, address, port);
  }
}

/** Always with DF: by a raw socket, with a UDP header that the router makes, without a checksum (weave `udpSenderDF`). */
export class DfSender implements SleeveSender {
  private readonly namespace: NetworkNamespace;
  private readonly local: Ipv4Address;
  private readonly localPort: number;
  private socket: RawSocket | null = null;

  constructor(namespace: NetworkNamespace, local: Ipv4Address, localPort: number) {
    this.namespace = namespace;
    this.local = local;
    this.localPort = localPort;
  }

  /** Longest IP packet that the kernel lets go to where the last one went. */
  get mtu(): number {
    return this.socket?.mtu ?? 0;
  }

  send(packet: Packet, { address, port }: UdpEndpoint): Errno | null {
    packet.sourcePort = this.localPort;
    packet.destinationPort = port;
    packet.noUdpChecksum = true;
    return this.socketTo(address).send(packet);
  }

  close(): void {
    this.socket = null;
  }

  private socketTo(address: Ipv4Address): RawSocket {
    if (this.socket?.remoteAddress === address) return this.socket;
    this.close();
    const socket = new RawSocket(this.namespace, IpProtocol.udp);
    socket.pathMtuDiscovery = 'do';
    // without a route, sending says so
    if (socket.connect(this.local, address) !== null) socket.remoteAddress = address;
    else this.socket = socket;
    return socket;
  }
}
