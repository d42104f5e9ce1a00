import { Actor } from '../../engine/actor.ts';
import { isOutputErrno } from '../../models/netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { FlowStatistics } from '../../models/traffic/flow-statistics.ts';
import { UdpSocket } from '../../models/transport/udp.ts';
import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';

export interface Turns {
  to: readonly Ipv4Address[];
  port: number;
  /** Payload bytes. */
  size: number;
  /** Nanoseconds. */
  start: number;
  every: number;
  count: number;
  /** Whether the socket's TOS changes with each round. */
  changesTos: boolean;
}

/** One socket that sends to several by turns, as a server that answers does. */
export class TurnsFlow extends Actor {
  private readonly statistics: FlowStatistics;
  private readonly flow: number;
  private readonly socket: UdpSocket;
  private readonly turns: Turns;
  private sequence = 0;

  constructor(namespace: NetworkNamespace, statistics: FlowStatistics, turns: Turns) {
    super(namespace.network.simulation);
    this.statistics = statistics;
    this.flow = namespace.network.flows.add(statistics);
    this.socket = new UdpSocket(namespace);
    this.turns = turns;
  }

  begin(): void {
    this.simulation.schedule(this, this.turns.start, 0, 0);
  }

  override handle(): void {
    const { socket, simulation, statistics } = this;
    const { to, port, size, every, count, changesTos } = this.turns;
    const round = Math.floor(this.sequence / to.length);
    if (changesTos) socket.tos = round % 2 === 0 ? 0 : 0x10;
    const target = to[this.sequence % to.length];
    statistics.sent(simulation, size);
    this.sequence++;
    const errno = socket.sendTo(target, port, size, undefined, this.flow, this.sequence);
    if (errno !== null && !isOutputErrno(errno)) statistics.refusedAt(simulation);
    if (this.sequence < count) simulation.schedule(this, simulation.now + every, 0, 0);
  }
}
