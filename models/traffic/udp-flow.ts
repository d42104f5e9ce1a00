import { Actor } from '../../engine/actor.ts';
import { isOutputErrno } from '../netns/ipv4/ip-output.ts';
import type { Network } from '../netns/network.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { NO_PATH } from '../netns/path-memo/send-paths.ts';
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
  readonly statistics: FlowStatistics;
  /** Its number in the network, which its packets carry. */
  readonly flow: number;
  private readonly network: Network;
  private readonly socket: UdpSocket;
  private readonly to: Ipv4Address;
  private readonly start: number;
  private readonly pattern: UdpPattern;
  private sequence = 0;
  /** How the socket sent last, so that the next datagram need not fetch it. */
  private path = NO_PATH;
  /** What rounding to whole nanoseconds has put off: without it the rate would shift. */
  private remainder = 0;
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
    this.network = namespace.network;
    this.statistics = statistics;
    this.to = to;
    this.pattern = pattern;
    this.flow = namespace.network.addFlow(statistics);
    this.socket = new UdpSocket(namespace);
    this.start = start;
  }

  /** Schedules the first datagram. */
  begin(): void {
    this.simulation.postTime = this.start;
    this.scheduleNext();
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    this.cancelled = true;
  }

  override handle(): void {
    if (this.cancelled) return;
    const { pattern } = this;
    const size = pattern.drawSize();
    this.statistics.sent(this.simulation, size);
    this.sequence++;
    if (!this.sendByPath(size)) this.sendBySocket(size);
    this.simulation.postTime = this.simulation.now + this.remainder + pattern.arrivals.next();
    this.scheduleNext();
  }

  private sendByPath(size: number): boolean {
    const { network, path } = this;
    if (path === NO_PATH) return false;
    const packet = network.pool.create();
    packet.payloadLength = size;
    packet.flow = this.flow;
    packet.flowSequence = this.sequence;
    if (network.sendPaths.send(path, packet)) return true;
    network.unsend(packet);
    return false;
  }

  private sendBySocket(size: number): void {
    const { socket, pattern } = this;
    const errno = socket.sendTo(this.to, pattern.port, size, ZERO_PAYLOAD, this.flow, this.sequence);
    // what was dropped on its way out is counted as lost already
    if (errno !== null && !isOutputErrno(errno)) this.statistics.refusedAt(this.simulation);
    this.path = socket.sendPath;
  }

  /** Schedules the next datagram for the simulation's `postTime`, not rounded yet. */
  private scheduleNext(): void {
    const { pattern, simulation } = this;
    const due = simulation.postTime;
    const at = Math.max(Math.round(due), simulation.now);
    if (at >= pattern.stop || this.sequence >= pattern.packets) return;
    // most paces are whole, and a store of a fraction would allocate
    if (due - at !== this.remainder) this.remainder = due - at;
    simulation.postTime = at;
    simulation.post(this, 0, 0);
  }
}
