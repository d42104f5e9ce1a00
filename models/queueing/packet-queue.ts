import type { Packet } from '../packet.ts';

/** Packets in the order in which they came, and how many bytes they are. */
export class PacketQueue {
  bytes = 0;
  private packets: (Packet | null)[] = new Array(16).fill(null);
  private first = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(packet: Packet): void {
    if (this.count === this.packets.length) this.grow();
    this.packets[(this.first + this.count) & (this.packets.length - 1)] = packet;
    this.count++;
    this.bytes += packet.length;
  }

  /** Puts a packet at the head. */
  unshift(packet: Packet): void {
    if (this.count === this.packets.length) this.grow();
    this.first = (this.first - 1) & (this.packets.length - 1);
    this.packets[this.first] = packet;
    this.count++;
    this.bytes += packet.length;
  }

  peek(): Packet | null {
    return this.count === 0 ? null : this.packets[this.first];
  }

  shift(): Packet | null {
    if (this.count === 0) return null;
    const packet = this.packets[this.first]!;
    this.packets[this.first] = null;
    this.first = (this.first + 1) & (this.packets.length - 1);
    this.count--;
    this.bytes -= packet.length;
    return packet;
  }

  private grow(): void {
    const size = this.packets.length;
    const packets: (Packet | null)[] = new Array(size * 2).fill(null);
    for (let i = 0; i < size; i++) packets[i] = this.packets[(this.first + i) & (size - 1)];
    this.packets = packets;
    this.first = 0;
  }
}
