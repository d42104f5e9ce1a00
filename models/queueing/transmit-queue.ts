import { type Interface, InterfaceKind } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';
import type { Discipline } from './discipline.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Between an interface that has a queueing discipline and its wire (Linux `struct netdev_queue`, `__qdisc_run`). A
 * physical interface takes one frame at a time: the ring of its driver holds the frame that is being sent and no
 * other, as with byte queue limits at their best, so that what waits waits in the discipline. All other interfaces
 * pass a frame on at once.
 */
export class TransmitQueue {
  readonly iface: Interface;
  private readonly transmit: (iface: Interface, packet: Packet) => void;
  private readonly watchdog: Watchdog;
  private tree: Discipline | null = null;
  private running = false;

  /** @param transmit sends a frame that may leave */
  constructor(iface: Interface, transmit: (iface: Interface, packet: Packet) => void) {
    this.iface = iface;
    this.transmit = transmit;
    this.watchdog = new Watchdog(iface.namespace, () => this.run());
  }

  get root(): Discipline {
    return this.tree!;
  }

  set root(root: Discipline) {
    this.tree = root;
  }

  /** The interface is to send a packet. */
  enqueue(packet: Packet): void {
    const { root } = this;
    if (root.mayBePassedBy && root.backlogPackets === 0 && !this.running && this.busyUntil() < 0) {
      root.countSent(packet);
      this.transmit(this.iface, packet);
      return;
    }
    root.enqueue(packet);
    this.run();
  }

  /** Sends what may be sent now. */
  run(): void {
    if (this.running) return;
    this.running = true;
    for (;;) {
      const until = this.busyUntil();
      if (until >= 0) {
        if (this.root.backlogPackets > 0) this.watchdog.set(until);
        break;
      }
      const packet = this.root.dequeue();
      if (packet === null) break;
      this.transmit(this.iface, packet);
    }
    this.running = false;
  }

  /** Drops what waits. */
  reset(): void {
    this.watchdog.cancel();
    this.root.reset();
  }

  /** When the wire is free again; -1 when it is. */
  private busyUntil(): number {
    const { cable, kind, namespace } = this.iface;
    if (kind !== InterfaceKind.physical || cable === null) return -1;
    return cable.busyUntil > namespace.network.simulation.now ? cable.busyUntil : -1;
  }
}
