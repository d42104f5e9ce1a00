import { Actor } from '../../engine/actor.ts';
import type { EventHandle } from '../../engine/event-queue.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../payload.ts';
import { UdpSocket } from '../transport/udp.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Arrivals } from './arrivals.ts';
import type { FlowStatistics } from './flow-statistics.ts';

export interface UdpFlowOptions {
  to: Ipv4Address;
  port: number;
  arrivals: Arrivals;
  /** Payload bytes of the next datagram. */
  drawSize: () => number;
  /** Simulated nanoseconds. */
  start: number;
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
  private readonly options: UdpFlowOptions;
  private sequence = 0;
  /** When the next datagram is due, not rounded: rounding each time would shift the rate. */
  private due: number;
  private pending: EventHandle | null = null;

  constructor(namespace: NetworkNamespace, statistics: FlowStatistics, options: UdpFlowOptions) {
    super(namespace.network.simulation);
    this.namespace = namespace;
    this.statistics = statistics;
    this.options = options;
    this.flow = namespace.network.addFlow(statistics);
    this.socket = new UdpSocket(namespace);
    this.due = options.start;
  }

  /** Schedules the first datagram. */
  begin(): void {
    this.scheduleNext();
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    if (this.pending !== null) this.simulation.cancel(this.pending);
    this.pending = null;
  }

  override handle(): void {
    this.pending = null;
    const size = this.options.drawSize();
    this.statistics.sent(this.simulation.now, size);
    const { to, port } = this.options;
    if (this.socket.sendTo(to, port, size, ZERO_PAYLOAD, this.flow, ++this.sequence) !== null) {
      this.statistics.refusedAt(this.simulation.now);
    }
    this.due += this.options.arrivals.next();
    this.scheduleNext();
  }

  private scheduleNext(): void {
    const at = Math.max(Math.round(this.due), this.simulation.now);
    if (at >= this.options.stop || this.sequence >= this.options.packets) return;
    this.pending = this.simulation.schedule(this, at, 0, 0);
  }
}
