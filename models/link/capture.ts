import { Direction, type PcapngWriter, type PcapWriter } from '../../engine/pcap-writer/index.ts';
import type { Interface } from '../netns/interface.ts';
import type { Network } from '../netns/network.ts';
import type { CaptureRecord, Packet } from '../packet.ts';
import { writeFrame } from '../wire/frame-bytes.ts';
import { arrivalOrder } from './arrival-order.ts';
import type { FrameFilter } from './frame-filter.ts';
import type { Tap } from './tap.ts';

/** A frame that waits to be written. */
class PendingRecord implements CaptureRecord {
  time = 0;
  /** Place among the records of one instant. */
  order = 0;
  interfaceId = 0;
  direction: Direction = Direction.inbound;
  captured = 0;
  length = 0;
  comment: string | null = null;
  /** Whose drop would be noted here; null for a frame going out. */
  packet: Packet | null = null;
  bytes = new Uint8Array(128);
}

/**
 * Writes what some interfaces see to one capture file. A frame that goes out is stamped with the time at which its
 * last bit leaves, which lies ahead, and one that comes in may be dropped at the same instant and then gets a
 * comment: so records are held back until simulated time has passed them, and written in the order of their stamps.
 */
export class Capture implements Tap {
  private readonly network: Network;
  private readonly writer: PcapngWriter | PcapWriter;
  private readonly snapLength: number;
  private readonly filter: FrameFilter | null;
  private readonly ids = new Map<Interface, number>();
  /** Records of the instant in hand and of frames still on their way out, as a binary heap by (time, order). */
  private readonly pending: PendingRecord[] = [];
  private readonly free: PendingRecord[] = [];

  /** @param snapLength bytes of each frame to keep */
  constructor(
    network: Network,
    writer: PcapngWriter | PcapWriter,
    snapLength = Number.POSITIVE_INFINITY,
    filter: FrameFilter | null = null,
  ) {
    this.network = network;
    this.writer = writer;
    this.snapLength = snapLength;
    this.filter = filter;
  }

  /** Watches an interface from now on. A classic pcap file holds one. */
  watch(iface: Interface): void {
    const { writer } = this;
    const id = 'addInterface' in writer ? writer.addInterface({ name: iface.fullName }) : 0;
    this.ids.set(iface, id);
    iface.tap = iface.tap === null ? this : new TapPair(iface.tap, this);
  }

  ingress(iface: Interface, packet: Packet, time: number): void {
    if (this.filter !== null && !this.filter(packet)) return;
    const order = arrivalOrder(this.network, packet);
    const record = this.hold(iface, packet, time, order, Direction.inbound, null);
    record.packet = packet;
    packet.captureRecord = record;
  }

  egress(iface: Interface, packet: Packet, time: number, fate: string | null): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.hold(iface, packet, time, this.network.nextOrder(), Direction.outbound, fate);
    packet.captureRecord = null;
  }

  /** Writes everything that simulated time has passed; what is still on its way out at the end is not seen. */
  flush(): void {
    this.writeUntil(this.network.simulation.now, true);
    this.writer.flush();
  }

  private hold(
    iface: Interface,
    packet: Packet,
    time: number,
    order: number,
    direction: Direction,
    comment: string | null,
  ): PendingRecord {
    this.writeUntil(this.network.simulation.now, false);
    const record = this.free.pop() ?? new PendingRecord();
    if (record.bytes.length < packet.length) record.bytes = new Uint8Array(packet.length * 2);
    record.time = time;
    record.order = order;
    record.interfaceId = this.ids.get(iface)!;
    record.direction = direction;
    record.comment = comment;
    record.length = writeFrame(packet, this.network.macs, record.bytes, 0);
    record.captured = Math.min(record.length, this.snapLength);
    this.add(record);
    return record;
  }

  /** Writes records older than `now`, or up to and with it. */
  private writeUntil(now: number, inclusive: boolean): void {
    const { pending } = this;
    while (pending.length > 0 && (pending[0].time < now || (inclusive && pending[0].time === now))) {
      this.write(this.takeFirst());
    }
  }

  private write(record: PendingRecord): void {
    const { time, bytes, captured, length, direction, comment, packet } = record;
    // the record will be another frame's: what becomes of this one is not to be noted there
    if (packet?.captureRecord === record) packet.captureRecord = null;
    record.packet = null;
    if ('addInterface' in this.writer) {
      this.writer.writePacket(record.interfaceId, time, bytes, captured, length, direction, comment);
    } else {
      this.writer.writePacket(time, bytes, captured, length);
    }
    this.free.push(record);
  }

  private add(record: PendingRecord): void {
    const { pending } = this;
    let place = pending.push(record) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!before(record, pending[parent])) break;
      pending[place] = pending[parent];
      place = parent;
    }
    pending[place] = record;
  }

  private takeFirst(): PendingRecord {
    const { pending } = this;
    const first = pending[0];
    const last = pending.pop()!;
    const count = pending.length;
    if (count === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && before(pending[child + 1], pending[child])) child++;
      if (!before(pending[child], last)) break;
      pending[place] = pending[child];
      place = child;
    }
    pending[place] = last;
    return first;
  }
}

function before(a: PendingRecord, b: PendingRecord): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** Two watchers of one interface. */
class TapPair implements Tap {
  constructor(
    private readonly first: Tap,
    private readonly second: Tap,
  ) {}

  ingress(iface: Interface, packet: Packet, time: number): void {
    this.first.ingress(iface, packet, time);
    this.second.ingress(iface, packet, time);
  }

  egress(iface: Interface, packet: Packet, time: number, fate: string | null): void {
    this.first.egress(iface, packet, time, fate);
    this.second.egress(iface, packet, time, fate);
  }
}
