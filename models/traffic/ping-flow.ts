import { Actor } from '../../engine/actor.ts';
import type { EventHandle } from '../../engine/event-queue.ts';
import { isOutputErrno } from '../netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { CountingPayload } from '../payload.ts';
import { PingSocket } from '../transport/ping-socket.ts';
import { IcmpType } from '../wire/icmp.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { FlowStatistics } from './flow-statistics.ts';

export interface PingFlowOptions {
  to: Ipv4Address;
  /** Nanoseconds from one request to the next. */
  every: number;
  /** Data bytes. */
  size: number;
  start: number;
  stop: number;
  count: number;
}

const DATA = new CountingPayload(256);

/** Echo requests at an exact pace; what is measured is the round trip. */
export class PingFlow extends Actor {
  readonly namespace: NetworkNamespace;
  readonly statistics: FlowStatistics;
  readonly flow: number;
  /** ICMP errors that came back. */
  errors = 0;
  private readonly socket: PingSocket;
  private readonly options: PingFlowOptions;
  private sequence = 0;
  private pending: EventHandle | null = null;

  constructor(namespace: NetworkNamespace, statistics: FlowStatistics, options: PingFlowOptions) {
    super(namespace.network.simulation);
    this.namespace = namespace;
    this.statistics = statistics;
    this.options = options;
    this.flow = namespace.network.flows.add(statistics);
    this.socket = new PingSocket(namespace);
    this.socket.onError = (quote) => {
      if (quote.type !== IcmpType.redirect) this.errors++;
    };
  }

  begin(): void {
    this.scheduleNext();
  }

  cancel(): void {
    if (this.pending !== null) this.simulation.cancel(this.pending);
    this.pending = null;
    this.socket.close();
  }

  override handle(): void {
    this.pending = null;
    const { to, size } = this.options;
    this.statistics.sent(this.simulation, size);
    const errno = this.socket.send(to, ++this.sequence, size, DATA, this.flow);
    // what was dropped on its way out is counted as lost already
    if (errno !== null && !isOutputErrno(errno)) this.statistics.refusedAt(this.simulation);
    this.scheduleNext();
  }

  private scheduleNext(): void {
    const { start, every, stop, count } = this.options;
    const at = start + this.sequence * every;
    if (at >= stop || this.sequence >= count) return;
    this.pending = this.simulation.schedule(this, at, 0, 0);
  }
}
