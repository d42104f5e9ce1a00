import { Actor } from '../../engine/actor.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../payload.ts';
import { UdpSocket } from '../transport/udp.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Arrivals } from './arrivals.ts';
import type { FlowStatistics } from './flow-statistics.ts';

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

/** A source of UDP datagrams from one namespace to one address. */
export class UdpFlow extends Actor {
  readonly namespace: NetworkNamespace;
  readonly statistics: FlowStatistics;
  /** Its number in the network, which its packets carry. */
  readonly flow: number;
  private readonly socket: UdpSocket;
  private readonly to: Ipv4Address;
  private readonly pattern: UdpPattern;
  private sequence = 0;
  /** When the next datagram is due, not rounded: rounding each time would shift the rate. */
  private due: number;
  private cancelled = false;

  /** @param start simulated time of the first datagram, nanoseconds */
  constructor(
    namespace: NetworkNamespace,
    statistics: FlowStatistics,
    to: Ipv4Address,
    start: number,
    pattern: UdpPattern,
  ) {
    super(namespace.network.simulation);
    this.namespace = namespace;
    this.statistics = statistics;
    this.to = to;
    this.pattern = pattern;
    this.flow = namespace.network.addFlow(statistics);
    this.socket = new UdpSocket(namespace);
    this.due = start;
  }

  /** Schedules the first datagram. */
  begin(): void {
    this.scheduleNext();
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    this.cancelled = true;
  }

  override handle(): void {
    if (this.cancelled) return;
    const { pattern, to } = this;
    const size = pattern.drawSize();
    this.statistics.sent(this.simulation.now, size);
    if (this.socket.sendTo(to, pattern.port, size, ZERO_PAYLOAD, this.flow, ++this.sequence) !== null) {
      this.statistics.refusedAt(this.simulation.now);
    }
    this.due += pattern.arrivals.next();
    this.scheduleNext();
  }

  private scheduleNext(): void {
    const at = Math.max(Math.round(this.due), this.simulation.now);
    if (at >= this.pattern.stop || this.sequence >= this.pattern.packets) return;
    this.simulation.schedule(this, at, 0, 0);
  }
}
