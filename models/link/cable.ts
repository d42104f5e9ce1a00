import { Actor } from '../../engine/actor.ts';
import type { RandomStream } from '../../engine/random.ts';
import { DropReason } from '../drop-reason.ts';
import { Counter, type Interface } from '../netns/interface/interface.ts';
import type { Network } from '../netns/network.ts';
import { NO_SEGMENT } from '../netns/path-memo/path-memo.ts';
import type { Packet } from '../packet.ts';
import type { ImpairmentSpec } from '../queueing/netem-spec.ts';
import { CableImpairment } from './cable-impairment.ts';
import { ETHERNET_OVERHEAD, TransmissionClock } from './transmission-clock.ts';

/** What a cable is like; the same in both directions unless two are given. */
export interface CableSpec {
  /** Bits per second; Infinity for a wire that takes no time. */
  rate: number;
  /** Propagation delay in nanoseconds. */
  delay: number;
  /** Frames that may wait for the wire, the one being sent not counted. Default 1000, as `txqueuelen`. */
  queuePackets?: number;
  /** Bytes that may wait. Default unlimited. */
  queueBytes?: number;
  /** Probability that a frame is lost on the way. Default 0. */
  loss?: number;
  /** Bytes on the wire beside each frame. Default `ETHERNET_OVERHEAD`; 0 also switches the padding off. */
  overhead?: number;
  /** What chance does to frames behind the wire; its `delay` is not looked at. Default nothing. */
  impairments?: ImpairmentSpec;
}

export const DEFAULT_QUEUE_PACKETS = 1000;

/** Places of the figures in `CableStatistics`. */
const BUSY = 0;
const PACKETS = 1;
const BYTES = 2;
const QUEUE_DROPPED = 3;
const LOST = 4;
const QUEUE_PEAK_PACKETS = 5;
const QUEUE_PEAK_BYTES = 6;

/** Figures of one direction of a cable. In a typed array: a field that outgrows 2^31 would be an object anew each time. */
export class CableStatistics {
  private readonly figures = new Float64Array(7);

  /** Nanoseconds for which bits were on the wire. */
  get busy(): number {
    return this.figures[BUSY];
  }

  get packets(): number {
    return this.figures[PACKETS];
  }

  get bytes(): number {
    return this.figures[BYTES];
  }

  get queueDropped(): number {
    return this.figures[QUEUE_DROPPED];
  }

  get lost(): number {
    return this.figures[LOST];
  }

  get queuePeakPackets(): number {
    return this.figures[QUEUE_PEAK_PACKETS];
  }

  get queuePeakBytes(): number {
    return this.figures[QUEUE_PEAK_BYTES];
  }

  /** The frame takes the wire until the clock's `busyUntil`. */
  countSent(bytes: number, clock: TransmissionClock): void {
    this.figures[BUSY] += clock.busyUntil - clock.startedAt;
    this.figures[PACKETS]++;
    this.figures[BYTES] += bytes;
  }

  /** Frames that were counted take so much longer, nanoseconds, or less long. */
  correctBusy(difference: number): void {
    this.figures[BUSY] += difference;
  }

  countQueueDrop(): void {
    this.figures[QUEUE_DROPPED]++;
  }

  countLoss(): void {
    this.figures[LOST]++;
  }

  noteQueue(packets: number, bytes: number): void {
    const { figures } = this;
    if (packets > figures[QUEUE_PEAK_PACKETS]) figures[QUEUE_PEAK_PACKETS] = packets;
    if (bytes > figures[QUEUE_PEAK_BYTES]) figures[QUEUE_PEAK_BYTES] = bytes;
  }
}

const RING_START = 16;

/**
 * One direction of a cable: a queue for the wire, the wire's rate, its propagation delay. A direction keeps its
 * frames, waiting and travelling, in one ring, and has at most one event pending: the arrival of the first.
 */
export class CableDirection extends Actor {
  readonly network: Network;
  readonly from: Interface;
  readonly to: Interface;
  readonly statistics = new CableStatistics();
  /** Plugged in and whole; a cut cable takes no frames and loses those on it. */
  up = true;
  spec: CableSpec;
  private clock: TransmissionClock;
  private delay = 0;
  private queuePackets = 0;
  private queueBytes = 0;
  private loss = 0;
  /** Null where the way behind the wire is a good one, which costs one comparison. */
  private impairment: CableImpairment | null = null;
  private lossDraws: RandomStream | null = null;

  // the ring: frames in the order of their sending, with the time at which the first bit leaves
  private packets: (Packet | null)[] = new Array(RING_START).fill(null);
  private starts = new Float64Array(RING_START);
  private arrivals = new Float64Array(RING_START);
  private head = 0;
  private count = 0;
  /** Of the `count` frames, the first `started` have their first bit on the wire, as far as was looked at. */
  private started = 0;
  private waitingBytes = 0;
  /** Tells the arrivals scheduled before a cut from those after it. */
  private epoch = 0;

  constructor(network: Network, from: Interface, to: Interface, spec: CableSpec) {
    super(network.simulation);
    this.network = network;
    this.from = from;
    this.to = to;
    this.spec = spec;
    this.clock = new TransmissionClock(network.simulation, spec.rate, spec.overhead ?? ETHERNET_OVERHEAD);
    this.follow(spec);
  }

  get rate(): number {
    return this.clock.rate;
  }

  /** The wire is taken until then. */
  get busyUntil(): number {
    return this.clock.busyUntil;
  }

  /** Frames waiting, on the wire or on the way behind it. */
  get inFlight(): number {
    return this.count + (this.impairment === null ? 0 : this.impairment.inFlight);
  }

  /** Frames waiting for the wire now. */
  get queued(): number {
    this.noteStarted();
    return this.count - this.started;
  }

  /**
   * The interface sends a frame.
   * @param segment of the path memo, by which it has come here
   */
  send(packet: Packet, segment = NO_SEGMENT): void {
    const network = this.network;
    const now = this.simulation.now;
    if (!this.up || !this.to.up) {
      network.counters.count(this.from.id, Counter.txDropped);
      network.drop(packet, DropReason.linkDown, this.from);
      return;
    }
    if (this.count > this.started) this.noteStarted();
    const { clock } = this;
    const waits = clock.busyUntil > now;
    if (waits && this.isFullFor(packet)) {
      this.statistics.countQueueDrop();
      network.counters.count(this.from.id, Counter.txDropped);
      network.drop(packet, DropReason.queueFull, this.from);
      return;
    }
    clock.transmit(packet.length);
    packet.sender?.packetLeaves(packet, clock.busyUntil);
    this.statistics.countSent(packet.length, clock);
    const lost = this.loss > 0 && this.drawLoss();
    network.counters.add(this.from.id, Counter.txPackets, packet.length);
    if (this.from.tap !== null) this.show(packet, segment, lost, clock.busyUntil - now);
    if (lost) {
      this.statistics.countLoss();
      network.drop(packet, DropReason.linkLoss, this.from);
      return;
    }
    this.enqueue(packet, waits);
  }

  /** Shows it to who watches the interface. */
  private show(packet: Packet, segment: number, lost: boolean, ahead: number): void {
    const { from, network } = this;
    if (segment !== NO_SEGMENT && !lost) network.memo.showOnCable(segment, from, packet, ahead);
    else from.tap!.egress(from, packet, lost ? 'lost on the cable' : null, ahead);
  }

  /**
   * Other properties from now on. Frames that wait are sent at the new rate, the one on the wire keeps its own; all that
   * are under way have the new delay, so that none overtakes another.
   */
  configure(spec: CableSpec): void {
    const { delay } = this;
    this.noteStarted();
    const replaced = this.clock;
    this.clock = new TransmissionClock(this.simulation, spec.rate, spec.overhead ?? ETHERNET_OVERHEAD);
    this.follow(spec);
    const last = this.started < this.count ? this.starts[this.placeOf(this.started)] : replaced.busyUntil;
    this.clock.takeUntil(last);
    for (let i = 0; i < this.count; i++) {
      const place = this.placeOf(i);
      if (i < this.started) {
        this.arrivals[place] = Math.max(this.simulation.now, this.arrivals[place] - delay + this.delay);
        continue;
      }
      this.clock.transmit(this.packets[place]!.length);
      this.starts[place] = this.clock.startedAt;
      this.arrivals[place] = this.clock.busyUntil + this.delay;
    }
    this.statistics.correctBusy(this.clock.busyUntil - replaced.busyUntil);
    this.epoch++;
    if (this.count > 0) this.postArrival();
  }

  /** Takes the properties over. */
  private follow(spec: CableSpec): void {
    this.spec = spec;
    this.queuePackets = spec.queuePackets ?? DEFAULT_QUEUE_PACKETS;
    this.queueBytes = spec.queueBytes ?? Number.POSITIVE_INFINITY;
    this.loss = spec.loss ?? 0;
    if (spec.impairments === undefined && this.impairment === null) {
      this.delay = spec.delay;
      return;
    }
    // once there is one it stays: frames may be under way in it
    this.delay = 0;
    this.impairment ??= new CableImpairment(this);
    this.impairment.follow(spec.impairments ?? {}, spec.delay);
  }

  private placeOf(position: number): number {
    return (this.head + position) & (this.packets.length - 1);
  }

  private isFullFor(packet: Packet): boolean {
    const waiting = this.count - this.started;
    return waiting >= this.queuePackets || this.waitingBytes + packet.length > this.queueBytes;
  }

  /** The first frame has arrived whole. */
  override handle(epoch: number): void {
    if (epoch !== this.epoch) return;
    const packets = this.packets;
    const mask = packets.length - 1;
    const packet = packets[this.head]!;
    packets[this.head] = null;
    this.head = (this.head + 1) & mask;
    this.count--;
    if (this.started > 0) this.started--;
    else this.waitingBytes -= packet.length;
    if (this.count > 0) this.postArrival();
    if (this.impairment === null) this.arrive(packet);
    else this.impairment.take(packet);
  }

  /** A frame has come through to the other end. */
  arrive(packet: Packet): void {
    packet.hopsNow = 0;
    this.network.countHop(this.from.id, packet);
    this.network.receiveFromCable(this.to, packet);
  }

  /** Cuts the cable or mends it; a cut loses what is on it and what waits for it. */
  setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    if (up) return;
    this.epoch++;
    this.impairment?.cut();
    while (this.count > 0) {
      const packet = this.packets[this.head]!;
      this.packets[this.head] = null;
      this.head = (this.head + 1) & (this.packets.length - 1);
      this.count--;
      this.network.drop(packet, DropReason.linkDown, this.from);
    }
    this.started = 0;
    this.waitingBytes = 0;
    this.clock.reset();
  }

  private enqueue(packet: Packet, waits: boolean): void {
    if (this.count === this.packets.length) this.grow();
    const place = (this.head + this.count) & (this.packets.length - 1);
    this.packets[place] = packet;
    this.starts[place] = this.clock.startedAt;
    this.arrivals[place] = this.clock.busyUntil + this.delay;
    this.count++;
    if (waits) {
      this.waitingBytes += packet.length;
      this.statistics.noteQueue(this.count - this.started, this.waitingBytes);
    } else {
      this.started++;
    }
    if (this.count === 1) this.postArrival();
  }

  /** The first frame's arrival is the one event that is pending. */
  private postArrival(): void {
    this.simulation.postTime = this.arrivals[this.head];
    this.simulation.post(this, this.epoch, 0);
  }

  /** Moves the frames whose first bit has left by now from the waiting to the started ones. */
  private noteStarted(): void {
    const now = this.simulation.now;
    const mask = this.packets.length - 1;
    while (this.started < this.count) {
      const place = (this.head + this.started) & mask;
      if (this.starts[place] > now) return;
      this.waitingBytes -= this.packets[place]!.length;
      this.started++;
    }
  }

  private drawLoss(): boolean {
    this.lossDraws ??= this.network.random.stream('loss', `${this.from.fullName}>${this.to.fullName}`);
    return this.lossDraws.bernoulli(this.loss);
  }

  private grow(): void {
    const size = this.packets.length;
    const packets: (Packet | null)[] = new Array(size * 2).fill(null);
    const starts = new Float64Array(size * 2);
    const arrivals = new Float64Array(size * 2);
    for (let i = 0; i < size; i++) {
      const place = (this.head + i) & (size - 1);
      packets[i] = this.packets[place];
      starts[i] = this.starts[place];
      arrivals[i] = this.arrivals[place];
    }
    this.packets = packets;
    this.starts = starts;
    this.arrivals = arrivals;
    this.head = 0;
  }
}

/** A cable plugged into two physical interfaces. */
export class Cable {
  readonly forward: CableDirection;
  readonly backward: CableDirection;

  constructor(network: Network, a: Interface, b: Interface, spec: CableSpec, reverse: CableSpec = spec) {
    this.forward = new CableDirection(network, a, b, spec);
    this.backward = new CableDirection(network, b, a, reverse);
    a.cable = this.forward;
    b.cable = this.backward;
  }

  get up(): boolean {
    return this.forward.up;
  }

  /** Other properties from now on. */
  configure(spec: CableSpec, reverse: CableSpec = spec): void {
    this.forward.configure(spec);
    this.backward.configure(reverse);
  }

  setUp(up: boolean): void {
    this.forward.setUp(up);
    this.backward.setUp(up);
  }
}
