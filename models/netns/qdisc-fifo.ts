import type { Packet } from '../packet.ts';
import type { Interface } from './interface.ts';
import { newQdiscStatistics, type QdiscSpec, type QueueingDiscipline } from './qdisc.ts';

/**
 * First in, first out (Linux net/sched/sch_fifo.c). A simulated interface takes every packet at once (a cable has its
 * own queue), so nothing ever waits here and the limit is never met.
 */
export class Fifo implements QueueingDiscipline {
  spec: QdiscSpec;
  readonly statistics = newQdiscStatistics();
  private readonly iface: Interface;
  private readonly transmit: (iface: Interface, packet: Packet) => void;

  constructor(iface: Interface, spec: QdiscSpec, transmit: (iface: Interface, packet: Packet) => void) {
    this.iface = iface;
    this.spec = spec;
    this.transmit = transmit;
  }

  enqueue(packet: Packet): void {
    this.statistics.sentBytes += packet.length;
    this.statistics.sentPackets++;
    this.transmit(this.iface, packet);
  }

  change(spec: QdiscSpec): void {
    this.spec = spec;
  }

  reset(): void {}
}
