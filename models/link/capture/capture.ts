import { Direction } from '../../../engine/pcap-writer/index.ts';
import type { Simulation } from '../../../engine/simulation.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { DropNotes, Packet } from '../../packet.ts';
import { ZERO_PAYLOAD } from '../../payload.ts';
import { isZeroUdp, lengthAndIdOfPacket, ZERO_UDP_HEADERS } from '../../wire/zero-udp-frame.ts';
import { arrivalOrder } from '../arrival-order.ts';
import type { FrameFilter } from '../frame-filter.ts';
import type { Tap } from '../tap.ts';
import type { CaptureLog } from './capture-log.ts';
import { FrameKind } from './frame-records.ts';
import { keepBytes, keepNote, roomForFrame } from './kept-frames.ts';

/** No second view. */
const NONE = -1;
/** What is remembered of a frame: its template, one more, and above what these bits say. */
const COMES_IN = 1;
const TWO_VIEWS = 2;
const KNOWN_SHIFT = 2;
const KNOWN_MAX = 2 ** 28;

/** What is imported is fetched from memory each time it is used; these are not. */
const { inbound: INBOUND, outbound: OUTBOUND } = Direction;
const LIKE_INBOUND = FrameKind.like | Direction.inbound;
const LIKE_OUTBOUND = FrameKind.like | Direction.outbound;
const ZEROS = ZERO_PAYLOAD;

/**
 * Notes what some interfaces see, for one capture file.
 *
 * A frame that goes out is stamped with the time at which its last bit leaves, which lies ahead; one that comes in
 * is stamped with its place among the arrivals of the instant, and may be dropped at the same instant and then gets a
 * comment. So what is seen is noted as it comes, in short records, and `CaptureFiles` puts it in the order of (time,
 * order) once simulated time has passed it.
 */
export class Capture implements Tap, DropNotes {
  private readonly log: CaptureLog;
  private readonly file: number;
  private readonly simulation: Simulation;
  private readonly snapLength: number;
  /** Whether a note says all that is kept of a frame. */
  private readonly mayNote: boolean;
  private readonly filter: FrameFilter | null;
  /** By the interface's id in the network. */
  private views = new Int32Array(0);
  /** By template: the first view. */
  private firstViews = new Int32Array(0);

  /**
   * @param file number of the file, which takes as many bytes of each frame
   * @param filter what else is not noted; null for none
   */
  constructor(
    log: CaptureLog,
    file: number,
    snapLength = Number.POSITIVE_INFINITY,
    filter: FrameFilter | null = null,
  ) {
    this.log = log;
    this.file = file;
    this.simulation = log.network.simulation;
    this.snapLength = snapLength;
    this.mayNote = snapLength >= ZERO_UDP_HEADERS;
    this.filter = filter;
    log.addFile(file);
  }

  /** Watches an interface from now on. A classic pcap file holds one. */
  watch(iface: Interface): void {
    if (iface.id >= this.views.length) this.views = grownTo(this.views, iface.id + 1);
    this.views[iface.id] = this.log.addView(this.file, iface.fullName);
    iface.tap = iface.tap === null ? this : new TapPair(iface.tap, this);
  }

  ingress(iface: Interface, packet: Packet): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.hold(this.views[iface.id], packet, arrivalOrder(this.log.network, packet), INBOUND, 0);
    packet.capture = this;
    packet.captureSerial = this.log.serial;
  }

  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.hold(this.views[iface.id], packet, this.log.network.nextOrder(), OUTBOUND, ahead);
    packet.capture = null;
    if (fate !== null) this.comment(this.log.serial, fate);
  }

  remember(first: Interface, second: Interface | null, packet: Packet, direction: Direction): number {
    // each frame must pass the filter
    if (!this.mayNote || this.filter !== null || !isZeroUdp(packet)) return 0;
    const { log, views } = this;
    const template = log.addTemplate(packet, second === null ? NONE : views[second.id]);
    if (template >= KNOWN_MAX) return 0;
    if (template >= this.firstViews.length) this.firstViews = grownTo(this.firstViews, template + 1);
    this.firstViews[template] = views[first.id];
    return (
      ((template + 1) << KNOWN_SHIFT) |
      (second === null ? 0 : TWO_VIEWS) |
      (direction === INBOUND ? COMES_IN : 0)
    );
  }

  seeAgain(known: number, packet: Packet, ahead: number): boolean {
    if (packet.payload !== ZEROS) return false;
    const { log, simulation } = this;
    const { network } = log;
    const template = (known >> KNOWN_SHIFT) - 1;
    const view = this.firstViews[template];
    const looks = lengthAndIdOfPacket(packet);
    const serial = this.nextSerial();
    const { records } = log.chunkFor(0);
    if ((known & COMES_IN) !== 0) {
      // at both it has the place that it had when it came
      records.add(simulation, ahead, packet.arrivalOrder, serial, view, LIKE_INBOUND, looks, template);
      packet.capture = this;
      packet.captureSerial = serial;
      return true;
    }
    records.add(simulation, ahead, network.nextOrder(), serial, view, LIKE_OUTBOUND, looks, template);
    // at the second one it has its own place, right behind
    if ((known & TWO_VIEWS) !== 0) network.nextOrder();
    packet.capture = null;
    return true;
  }

  /** What becomes of a frame that came in is noted if that happens before something is seen at a later time. */
  note(serial: number, comment: string): void {
    if (((serial - this.log.firstOpen[this.file]) | 0) >= 0) this.comment(serial, comment);
  }

  /** Writes everything that simulated time has passed; what is still on its way out at the end is not seen. */
  flush(): void {
    this.log.flush();
  }

  private comment(serial: number, text: string): void {
    this.log.chunk.comments.push({ serial, text });
  }

  /** Keeps what is needed to write a frame that is seen `ahead` of now. */
  private hold(view: number, packet: Packet, order: number, direction: Direction, ahead: number): void {
    const { log, simulation } = this;
    const serial = this.nextSerial();
    const { length } = packet;
    const chunk = log.chunkFor(roomForFrame(length));
    // its fields will have changed when it is written
    if (this.mayNote === true && isZeroUdp(packet)) {
      const at = keepNote(chunk, packet);
      chunk.records.add(simulation, ahead, order, serial, view, FrameKind.note | direction, at, length);
    } else {
      const at = keepBytes(chunk, packet, log.network.macs, Math.min(length, this.snapLength));
      chunk.records.add(simulation, ahead, order, serial, view, FrameKind.bytes | direction, at, length);
    }
  }

  private nextSerial(): number {
    const { log, file, simulation } = this;
    if (simulation.now > log.instants[file]) log.moveOn(file);
    log.serial = (log.serial + 1) | 0;
    return log.serial;
  }
}

function grownTo(list: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(length, 2 * list.length));
  grown.set(list);
  return grown;
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
