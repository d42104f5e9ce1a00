import { Direction, type PcapngWriter, type PcapWriter } from '../../engine/pcap-writer/index.ts';
import type { Interface } from '../netns/interface/interface.ts';
import type { Network } from '../netns/network.ts';
import type { DropNotes, Packet } from '../packet.ts';
import { writeFrame } from '../wire/frame-bytes.ts';
import { isZeroUdp, noteZeroUdp, writeZeroUdp, ZERO_UDP_HEADERS } from '../wire/zero-udp-frame.ts';
import { arrivalOrder } from './arrival-order.ts';
import type { FrameFilter } from './frame-filter.ts';
import { FrameRecords } from './frame-records.ts';
import type { Tap } from './tap.ts';

/** Places in `Capture.times`. */
const SEEN = 0;
const INSTANT = 1;

/** The note of a frame says all; its bytes are made when it is written. */
const NOTED = -1;
const DIRECTION_BITS = 2;
/** About what a record takes in a file beside the frame's bytes. */
const RECORD_SIZE = 44;

/**
 * Writes what some interfaces see to one capture file.
 *
 * A frame that goes out is stamped with the time at which its last bit leaves, which lies ahead; one that comes in
 * is stamped with its place among the arrivals of the instant, and may be dropped at the same instant and then gets a
 * comment. So what is seen is held back, as short records, until simulated time has passed it, and written in the
 * order of (time, order) when as much has come together as the writer hands on at once.
 *
 * Records come nearly sorted, in three lists: those that come in their order already, arrivals that waited in the
 * backlog while others were seen, and frames that go out ahead of now. To write is to merge the three.
 */
export class Capture implements Tap, DropNotes {
  private readonly network: Network;
  private readonly writer: PcapngWriter | PcapWriter;
  private readonly snapLength: number;
  private readonly filter: FrameFilter | null;
  /** Of the interfaces in the file, by those of the network. */
  private ids = new Int32Array(0);

  private readonly straight = new FrameRecords();
  private readonly late = new FrameRecords();
  private readonly ahead = new FrameRecords();
  /** Bytes that the records will take in the file, and how many of them may come together. */
  private held = 0;
  private limit: number;
  /** When the frame in hand was seen, and the instant that is now. */
  private readonly times = new Float64Array(2);
  /** Number of the frame in hand, and of the first one that can still be given a comment; they may wrap around. */
  private serial = 0;
  private firstOpen = 0;
  /** By serial. */
  private readonly comments = new Map<number, string>();
  /** Frames of which a note does not say all, as bytes, and the places among them that are free. */
  private readonly frames: Uint8Array[] = [];
  private readonly free: number[] = [];

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
    this.limit = writer.bufferSize;
  }

  /** Watches an interface from now on. A classic pcap file holds one. */
  watch(iface: Interface): void {
    const { writer } = this;
    if (iface.id >= this.ids.length) {
      const grown = new Int32Array(Math.max(iface.id + 1, 2 * this.ids.length));
      grown.set(this.ids);
      this.ids = grown;
    }
    this.ids[iface.id] = 'addInterface' in writer ? writer.addInterface({ name: iface.fullName }) : 0;
    iface.tap = iface.tap === null ? this : new TapPair(iface.tap, this);
  }

  ingress(iface: Interface, packet: Packet): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.times[SEEN] = this.network.simulation.now;
    this.hold(iface.id, packet, arrivalOrder(this.network, packet), Direction.inbound);
    packet.capture = this;
    packet.captureSerial = this.serial;
  }

  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.times[SEEN] = this.network.simulation.now + ahead;
    this.hold(iface.id, packet, this.network.nextOrder(), Direction.outbound);
    packet.capture = null;
    if (fate !== null) this.comments.set(this.serial, fate);
  }

  /** What becomes of a frame that came in is noted if that happens before something is seen at a later time. */
  note(serial: number, comment: string): void {
    if (((serial - this.firstOpen) | 0) >= 0) this.comments.set(serial, comment);
  }

  /** Writes everything that simulated time has passed; what is still on its way out at the end is not seen. */
  flush(): void {
    this.times[INSTANT] = this.network.simulation.now;
    this.firstOpen = (this.serial + 1) | 0;
    this.writeDue(true);
    this.writer.flush();
  }

  /** Keeps what is needed to write a frame that was seen at `times[SEEN]`. */
  private hold(iface: number, packet: Packet, order: number, direction: Direction): void {
    if (this.network.simulation.now > this.times[INSTANT]) this.moveOn();
    this.serial = (this.serial + 1) | 0;
    const records = this.listFor(order);
    const place =
      records === this.late ? records.insert(this.times, SEEN, order) : records.add(this.times, SEEN, order);
    const interfaceAndDirection = (this.ids[iface] << DIRECTION_BITS) | direction;
    const noted = this.snapLength >= ZERO_UDP_HEADERS && isZeroUdp(packet);
    if (noted) noteZeroUdp(packet, records.words, records.noteAt(place));
    const bytes = noted ? NOTED : this.keepBytes(packet);
    records.fill(place, this.serial, interfaceAndDirection, packet.length, bytes);
    this.held += RECORD_SIZE + (noted ? this.capturedOf(packet.length) : packet.length);
  }

  private listFor(order: number): FrameRecords {
    if (this.times[SEEN] > this.times[INSTANT]) return this.ahead;
    return this.straight.fits(this.times, SEEN, order) ? this.straight : this.late;
  }

  /** Makes a frame's bytes now: its fields will have changed when it is written. */
  private keepBytes(packet: Packet): number {
    const place = this.free.pop() ?? this.frames.push(new Uint8Array(0)) - 1;
    if (this.frames[place].length < packet.length) this.frames[place] = new Uint8Array(packet.length);
    writeFrame(packet, this.network.macs, this.frames[place], 0);
    return place;
  }

  private capturedOf(length: number): number {
    return Math.min(length, this.snapLength);
  }

  /** Simulated time has moved on: what was seen before is final. */
  private moveOn(): void {
    this.times[INSTANT] = this.network.simulation.now;
    this.firstOpen = (this.serial + 1) | 0;
    if (this.held >= this.limit) this.writeDue(false);
  }

  /** Writes the records of before this instant, or those of the instant as well. */
  private writeDue(inclusive: boolean): void {
    const { straight, late, ahead, times } = this;
    const count = ahead.sortDue(times, INSTANT, inclusive);
    for (let s = 0, l = 0, a = 0; s < straight.count || l < late.count || a < count; ) {
      let list = straight;
      let place = s;
      if (l < late.count && (s === straight.count || late.precedes(l, straight, s))) {
        list = late;
        place = l;
      }
      if (a < count && (place === list.count || ahead.precedes(ahead.dueAt(a), list, place))) {
        list = ahead;
        place = ahead.dueAt(a);
      }
      if (list === straight) s++;
      else if (list === late) l++;
      else a++;
      this.write(list, place);
    }
    straight.clear();
    late.clear();
    ahead.dropDue(times, INSTANT, inclusive);
    // those that stay are looked at each time: not more often than others come
    this.limit = Math.max(this.writer.bufferSize, 2 * this.held);
  }

  private write(records: FrameRecords, place: number): void {
    const comment = this.comments.size === 0 ? null : this.takeComment(records.serialOf(place));
    const interfaceId = records.interfaceAndDirectionOf(place) >>> DIRECTION_BITS;
    const direction = (records.interfaceAndDirectionOf(place) & ((1 << DIRECTION_BITS) - 1)) as Direction;
    const length = records.lengthOf(place);
    const captured = this.capturedOf(length);
    const bytes = records.bytesOf(place);
    const { writer } = this;
    writer.stampPacket(records.doubles, records.timeAt(place));
    const at =
      'addInterface' in writer
        ? writer.reservePacket(interfaceId, captured, length, direction, comment)
        : writer.reservePacket(captured, length);
    if (bytes === NOTED) {
      const end = at + captured;
      writeZeroUdp(
        records.words,
        records.noteAt(place),
        this.network.macs,
        writer.bytes,
        writer.view,
        at,
        end,
      );
      this.held -= RECORD_SIZE + captured;
    } else {
      writer.bytes.set(this.frames[bytes].subarray(0, captured), at);
      this.free.push(bytes);
      this.held -= RECORD_SIZE + length;
    }
  }

  private takeComment(serial: number): string | null {
    const comment = this.comments.get(serial) ?? null;
    this.comments.delete(serial);
    return comment;
  }
}

/** Two watchers of one interface. */
class TapPair implements Tap {
  constructor(
    private readonly first: Tap,
    private readonly second: Tap,
  ) {}

  ingress(iface: Interface, packet: Packet): void {
    this.first.ingress(iface, packet);
    this.second.ingress(iface, packet);
  }

  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void {
    this.first.egress(iface, packet, fate, ahead);
    this.second.egress(iface, packet, fate, ahead);
  }
}
