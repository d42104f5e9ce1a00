import { isOutputErrno } from '../netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../payload.ts';
import { UdpSocket } from '../transport/udp.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Arrivals } from './arrivals.ts';
import type { FlowStatistics } from './flow-statistics.ts';
import type { UdpSources } from './udp-sources.ts';

/** What a source sends and when; sources that draw nothing at random may share one. */
export interface UdpPattern {
  port: number;
  arrivals: Arrivals;
  /** Payload bytes of the next datagram. */
  drawSize: () => number;
  /** Nothing is sent from then on; Infinity for never. */
  stop: number;
  /** Datagrams to send at most; Infinity for no limit. */
  packets: number;
}

/** A source of UDP datagrams from one namespace to one address. What each datagram needs is in `UdpSources`. */
export class UdpFlow {
  readonly statistics: FlowStatistics;
  /** Its number in the network, which its packets carry. */
  readonly flow: number;
  private readonly socket: UdpSocket;
  private readonly to: Ipv4Address;
  private readonly port: number;
  private readonly start: number;
  /** Its place there. */
  private readonly source: number;

  /** @param start simulated time of the first datagram, nanoseconds */
  constructor(
    namespace: NetworkNamespace,
    statistics: FlowStatistics,
    to: Ipv4Address,
    start: number,
    pattern: UdpPattern,
  ) {
    const { flows, udpSources } = namespace.network;
    this.statistics = statistics;
    this.to = to;
    this.port = pattern.port;
    this.start = start;
    const place = statistics.placeIn(flows.figures);
    this.flow = flows.add(statistics, place);
    this.socket = new UdpSocket(namespace);
    this.source = udpSources.add(this, pattern, place);
  }

  private get sources(): UdpSources {
    return this.socket.namespace.network.udpSources;
  }

  /** Schedules the first datagram. */
  begin(): void {
    this.sources.begin(this.source, this.start);
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    this.sources.cancel(this.source);
  }

  /**
   * Sends a datagram by the socket.
   * @param sequence its number in the flow
   * @returns how the socket sent it, see `UdpSocket.sendPath`
   */
  sendBySocket(size: number, sequence: number): number {
    const { socket, statistics } = this;
    const { simulation } = socket.namespace.network;
    const errno = socket.sendTo(this.to, this.port, size, ZERO_PAYLOAD, this.flow, sequence);
    // what was dropped on its way out is counted as lost already
    if (errno !== null && !isOutputErrno(errno)) statistics.refusedAt(simulation);
    return socket.sendPath;
  }
}
