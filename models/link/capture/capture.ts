import { Direction } from '../../../engine/pcap-writer/index.ts';
import type { Simulation } from '../../../engine/simulation.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { DropNotes, Packet } from '../../packet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import { isZeroUdp, noteZeroUdp, ZERO_UDP_HEADERS } from '../../wire/zero-udp-frame.ts';
import { arrivalOrder } from '../arrival-order.ts';
import type { FrameFilter } from '../frame-filter.ts';
import type { Tap } from '../tap.ts';
import type { CaptureLog } from './capture-log.ts';

/** No second view. */
const NONE = -1;

/** What is imported is fetched from memory each time it is used; these are not. */
const { inbound: INBOUND, outbound: OUTBOUND } = Direction;

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
    if (iface.id >= this.views.length) {
      const grown = new Int32Array(Math.max(iface.id + 1, 2 * this.views.length));
      grown.set(this.views);
      this.views = grown;
    }
    this.views[iface.id] = this.log.addView(this.file, iface.fullName);
    iface.tap = iface.tap === null ? this : new TapPair(iface.tap, this);
  }

  ingress(iface: Interface, packet: Packet): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.hold(this.views[iface.id], NONE, packet, arrivalOrder(this.log.network, packet), INBOUND, 0);
    packet.capture = this;
    packet.captureSerial = this.log.serial;
  }

  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void {
    if (this.filter !== null && !this.filter(packet)) return;
    this.hold(this.views[iface.id], NONE, packet, this.log.network.nextOrder(), OUTBOUND, ahead);
    packet.capture = null;
    if (fate !== null) this.comment(this.log.serial, fate);
  }

  ingressAtBoth(port: Interface, bridge: Interface, packet: Packet): void {
    if (this.filter !== null && !this.filter(packet)) return;
    const { views } = this;
    const { network } = this.log;
    this.hold(views[port.id], views[bridge.id], packet, arrivalOrder(network, packet), INBOUND, 0);
    // the bridge has its own place, the same or right behind
    arrivalOrder(network, packet);
    packet.capture = this;
    packet.captureSerial = this.log.serial;
  }

  egressAtBoth(bridge: Interface, port: Interface, packet: Packet): void {
    if (this.filter !== null && !this.filter(packet)) return;
    const { views } = this;
    const { network } = this.log;
    this.hold(views[bridge.id], views[port.id], packet, network.nextOrder(), OUTBOUND, 0);
    // the port has its own place, right behind
    network.nextOrder();
    packet.capture = null;
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
  private hold(
    view: number,
    second: number,
    packet: Packet,
    order: number,
    direction: Direction,
    ahead: number,
  ): void {
    const { log, file, simulation } = this;
    if (simulation.now > log.instants[file]) log.moveOn(file);
    const serial = (log.serial + 1) | 0;
    log.serial = serial;
    // V8 does not know that the field is a boolean
    if (this.mayNote === true && isZeroUdp(packet)) {
      const { records } = log.chunkFor(0);
      const note = records.addNoted(simulation, ahead, order, serial, view, second, direction);
      noteZeroUdp(packet, records.words, note);
    } else {
      const { records, used } = log.chunkFor(packet.length);
      const kept = this.keepBytes(packet);
      records.addBytes(simulation, ahead, order, serial, view, second, direction, packet.length, used, kept);
    }
  }

  /** Makes a frame's bytes now: its fields will have changed when it is written. Answers how many are kept. */
  private keepBytes(packet: Packet): number {
    const { chunk, network } = this.log;
    writeFrame(packet, network.macs, chunk.bytes, chunk.used);
    const kept = Math.min(packet.length, this.snapLength);
    chunk.used += kept;
    return kept;
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
