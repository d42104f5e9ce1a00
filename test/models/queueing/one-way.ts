import type { CableSpec } from '../../../models/link/cable.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import type { QdiscView } from '../../../models/queueing/qdisc-control.ts';
import type { QdiscSpec } from '../../../models/queueing/qdisc-spec.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { checkPacketConservation } from '../../checkers/packet-conservation.ts';
import { ip, newNetwork, type TwoHosts, twoHosts } from '../../support/networks.ts';

/** A byte takes a microsecond; frames as they are. */
export const BYTE_PER_MICROSECOND: CableSpec = { rate: 8e6, delay: 0, overhead: 0 };
/** Bytes of the headers of a UDP frame. */
const HEADERS = 42;
/** UDP port that b listens on. */
export const PORT = 7;

/** A datagram as b receives it. */
export interface Arrival {
  /** Nanoseconds. */
  time: number;
  number: number;
  tos: number;
  /** Of the frame. */
  length: number;
}

/** Hosts a and b on one cable, MAC addresses known, a's interface with a queueing discipline, b counting datagrams. */
export class OneWay {
  readonly hosts: TwoHosts;
  readonly arrivals: Arrival[] = [];
  private sent = 0;
  private readonly sockets = new Map<number, UdpSocket>();

  constructor(qdisc: QdiscSpec | null, cable: CableSpec = BYTE_PER_MICROSECOND, seed: number | string = 1) {
    this.hosts = twoHosts(cable, newNetwork(undefined, seed));
    const { a, b, network } = this.hosts;
    know(a, b);
    know(b, a);
    const socket = new UdpSocket(b);
    socket.bind(0, PORT);
    socket.onReceive = ({ flowSequence: number, tos, length }) => {
      this.arrivals.push({ time: network.simulation.now, number, tos, length });
    };
    if (qdisc !== null) a.setQdisc({ dev: 'eth0', handle: 1 }, qdisc, 'add');
  }

  get now(): number {
    return this.hosts.network.simulation.now;
  }

  /** The root of a's disciplines. */
  get view(): QdiscView {
    return this.hosts.a.qdiscs().find(({ dev }) => dev === 'eth0')!;
  }

  /** Sends a frame of so many bytes from a to b. @param from the source port: another flow */
  send(length: number, { tos = 0, from = 1000 } = {}): void {
    let socket = this.sockets.get(from);
    if (socket === undefined) {
      socket = new UdpSocket(this.hosts.a);
      socket.bind(0, from);
      this.sockets.set(from, socket);
    }
    socket.tos = tos;
    socket.sendTo(ip('10.0.0.2'), PORT, length - HEADERS, undefined, 0, this.sent++);
  }

  /** Lets nanoseconds go by; everything, when none are told. */
  run(nanoseconds?: number): this {
    const { network } = this.hosts;
    const { simulation } = network;
    if (nanoseconds === undefined) simulation.run();
    else simulation.run({ until: simulation.now + nanoseconds });
    checkPacketConservation(network);
    return this;
  }

  /** Numbers of the datagrams that have arrived. */
  get numbers(): number[] {
    return this.arrivals.map(({ number }) => number);
  }

  /** Packets dropped, by reason. */
  get drops(): Record<string, number> {
    const byReason: Record<string, number> = {};
    for (const { reason, packets } of this.hosts.network.drops.rows()) {
      byReason[reason] = (byReason[reason] ?? 0) + packets;
    }
    return byReason;
  }
}

/** Enters the other's MAC address for good. */
function know(host: NetworkNamespace, other: NetworkNamespace): void {
  const { mac, addresses } = other.link('eth0')!;
  host.setNeighbour({ dev: 'eth0', address: addresses[0].address, mac, state: 'permanent' }, 'replace');
}
