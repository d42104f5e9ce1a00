import type { Packet } from '../../packet.ts';
import { truesize } from '../interface/truesize.ts';

/**
 * Packets that wait for a MAC address (Linux `neigh->arp_queue`), in the order in which they came. Mostly there is but
 * one: an array for it would weigh more than all of this.
 */
export class WaitingPackets {
  /** Memory that they are charged for, bytes (Linux `arp_queue_len_bytes`). */
  bytes: number;
  private first: Packet | null;
  /** Those behind the first. */
  private later: Packet[] | null = null;

  constructor(packet: Packet) {
    this.first = packet;
    this.bytes = truesize(packet);
  }

  get count(): number {
    if (this.first === null) return 0;
    return this.later === null ? 1 : 1 + this.later.length;
  }

  /** The one that came last. */
  get last(): Packet | null {
    return this.later?.at(-1) ?? this.first;
  }

  push(packet: Packet): void {
    this.bytes += truesize(packet);
    if (this.first === null) this.first = packet;
    else if (this.later === null) this.later = [packet];
    else this.later.push(packet);
  }

  /** Takes the one away that came first; null when there is none. */
  shift(): Packet | null {
    const packet = this.first;
    if (packet === null) return null;
    this.first = this.later?.shift() ?? null;
    this.bytes -= truesize(packet);
    return packet;
  }
}
