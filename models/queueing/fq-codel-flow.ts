import type { Packet } from '../packet.ts';
import { Codel, type CodelQueue } from './codel.ts';
import type { FqCodel } from './fq-codel.ts';
import { PacketQueue } from './packet-queue.ts';

/** The packets of one hash, and the CoDel that watches over them (Linux `struct fq_codel_flow`). */
export class FqCodelFlow implements CodelQueue {
  codel = new Codel();
  /** Bytes that it may still send in this turn. */
  deficit = 0;
  /** In one of the two lists of flows. */
  listed = false;
  headArrival = 0;
  private readonly owner: FqCodel;
  private readonly packets = new PacketQueue();
  private readonly arrivals: number[] = [];

  constructor(owner: FqCodel) {
    this.owner = owner;
  }

  /** Bytes of this flow. */
  get bytes(): number {
    return this.packets.bytes;
  }

  /** Bytes of all flows: CoDel leaves a queue alone in which there is no more than one frame. */
  get backlogBytes(): number {
    return this.owner.backlogBytes;
  }

  /** @param now in CoDel's units */
  add(packet: Packet, now: number): void {
    this.packets.push(packet);
    this.arrivals.push(now);
  }

  takeHead(): Packet | null {
    const packet = this.packets.shift();
    if (packet === null) return null;
    this.headArrival = this.arrivals.shift()!;
    this.owner.taken(packet);
    return packet;
  }

  dropHead(packet: Packet): void {
    this.owner.dropLate(packet);
  }
}
