import type { Tap } from '../../models/link/tap.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import type { Packet } from '../../models/packet.ts';

/** Several watchers of one interface, in the order of their coming. */
export class ParallelTaps implements Tap {
  private readonly taps: Tap[] = [];

  /** Lets `tap` watch an interface beside those who watch it already. */
  static add(iface: Interface, tap: Tap): void {
    if (iface.tap === null) {
      iface.tap = tap;
      return;
    }
    const both = new ParallelTaps();
    both.taps.push(iface.tap, tap);
    iface.tap = both;
  }

  ingress(iface: Interface, packet: Packet): void {
    for (const tap of this.taps) tap.ingress(iface, packet);
  }

  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void {
    for (const tap of this.taps) tap.egress(iface, packet, fate, ahead);
  }
}
