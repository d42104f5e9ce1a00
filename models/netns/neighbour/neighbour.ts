import type { EventHandle } from '../../../engine/event-queue.ts';
import type { NumberStore } from '../../../engine/statistics/number-store.ts';
import { DropReason } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { NeighbourState } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import { truesize } from '../interface/truesize.ts';
import { sendIcmpError } from '../ipv4/icmp-error.ts';
import { HZ, JIFFY } from '../time/jiffies.ts';
import { solicit } from './arp.ts';
import { FIGURES_PER_NEIGHBOUR, Figure, GONE } from './neighbour-figures.ts';
import { transmitTo } from './neighbour-output.ts';
import { NEIGHBOUR_FLAG, NUD_CONNECTED, NUD_IN_TIMER, NUD_VALID, Nud } from './neighbour-states.ts';
import { WaitingPackets } from './waiting-packets.ts';

export { NUD_CONNECTED, NUD_VALID, Nud } from './neighbour-states.ts';

/** A reachable time holds for so long before another is drawn. */
const REACHABLE_TIME_EPOCH = 300e9;

/** What the path memo makes of a state: it knows paths over connected entries, and over those that are verified. */
function certainty(state: number): number {
  if ((state & NUD_CONNECTED) !== 0) return 2;
  return (state & (Nud.delay | Nud.probe)) !== 0 ? 1 : 0;
}

/** No timer is set for less than this (Linux: HZ/100). */
const SHORTEST_TIMER = Math.floor(HZ / 100) * JIFFY;

/** No timer is set: no event has this handle. */
const NO_TIMER: EventHandle = 0;

/** A word of an entry: its state in so many bits, above these its flags. */
const STATE_BITS = 8;
const STATE_MASK = (1 << STATE_BITS) - 1;

/**
 * What one interface knows of one neighbour's MAC address (Linux `struct neighbour`, RFC 4861 section 7.3.2 as
 * Linux runs it for ARP). Times are simulated nanoseconds.
 */
export class Neighbour {
  readonly iface: Interface;
  readonly address: Ipv4Address;
  /** Id in the network's `MacTable`; means something in a valid state only. */
  mac = 0;
  private stateAndFlags: number = Nud.none;
  /** Where its figures stand (`neighbour-figures.ts`). */
  private place: number;
  /** Its place among the entries of the table, by age. */
  readonly serial: number;
  /** Requests sent; a first exchange starts at `ucast_solicit`, so that it broadcasts at once. */
  probes = 0;
  /** Place in the network's registry of timers' targets, 0 while no timer was ever set. */
  private timerTarget = 0;
  /** Packets waiting for the address; null while there are none. */
  private waiting: WaitingPackets | null = null;

  constructor(iface: Interface, address: Ipv4Address) {
    const { neighbourFigures, simulation } = iface.namespace.network;
    const { now } = simulation;
    this.iface = iface;
    this.address = address;
    this.serial = iface.namespace.arpTable.nextSerial();
    this.place = neighbourFigures.reserve(FIGURES_PER_NEIGHBOUR);
    // not by the setters below: what is handed to a function that is not inlined becomes an object
    const { values } = neighbourFigures;
    values[this.place + Figure.confirmed] = now - 2 * iface.neighbourConfig.baseReachableTime;
    values[this.place + Figure.updated] = now;
    values[this.place + Figure.used] = now;
  }

  get state(): number {
    return this.stateAndFlags & STATE_MASK;
  }

  set state(state: number) {
    this.stateAndFlags = (this.stateAndFlags & ~STATE_MASK) | state;
  }

  /** Of `NEIGHBOUR_FLAG`. */
  get flags(): number {
    return this.stateAndFlags >> STATE_BITS;
  }

  private get now(): number {
    return this.iface.namespace.network.simulation.now;
  }

  private get figures(): NumberStore {
    return this.iface.namespace.network.neighbourFigures;
  }

  /** When it was last known to be reachable there. */
  get confirmed(): number {
    return this.figures.values[this.place + Figure.confirmed];
  }

  set confirmed(time: number) {
    this.figures.values[this.place + Figure.confirmed] = time;
  }

  /** When its state or address last changed. */
  get updated(): number {
    return this.figures.values[this.place + Figure.updated];
  }

  set updated(time: number) {
    this.figures.values[this.place + Figure.updated] = time;
  }

  /** When a packet last needed it looked after. */
  get used(): number {
    return this.figures.values[this.place + Figure.used];
  }

  set used(time: number) {
    this.figures.values[this.place + Figure.used] = time;
  }

  /** Where among the figures packets that go the remembered way note their use of it. */
  get placeOfUse(): number {
    return this.place + Figure.used;
  }

  /** `NO_TIMER` when none is set. */
  private get timer(): EventHandle {
    return this.figures.values[this.place + Figure.timer];
  }

  private set timer(timer: EventHandle) {
    this.figures.values[this.place + Figure.timer] = timer;
  }

  /** Neither permanent nor learnt from outside: garbage collection may have it. */
  get isCollectable(): boolean {
    return (this.state & Nud.permanent) === 0 && (this.flags & NEIGHBOUR_FLAG.externLearned) === 0;
  }

  /** Sets the flags (Linux `neigh_update_flags`, `neigh_update_gc_list`). */
  setFlags(flags: number): void {
    const before = this.isCollectable;
    this.stateAndFlags = (flags << STATE_BITS) | this.state;
    this.noteCollectable(before);
  }

  private noteCollectable(before: boolean): void {
    if (before === this.isCollectable) return;
    this.iface.namespace.arpTable.collectable += before ? -1 : 1;
  }

  /** Garbage collection, or the user, takes it away. */
  remove(): void {
    this.destroy();
    this.iface.removeNeighbour(this);
  }

  get stateName(): NeighbourState {
    for (const [name, bit] of Object.entries(Nud)) if (bit === this.state) return name as NeighbourState;
    throw new Error(`assertion failed: neighbour state ${this.state}`);
  }

  /** Packets that wait for the address to be found. */
  get waitingCount(): number {
    return this.waiting === null ? 0 : this.waiting.count;
  }

  /**
   * A packet wants to go there and the entry is in doubt (Linux `neigh_event_send`). Answers whether the packet
   * may be sent now; otherwise it waits here.
   */
  eventSend(packet: Packet): boolean {
    this.used = this.now;
    if ((this.state & (NUD_CONNECTED | Nud.delay | Nud.probe)) !== 0) return true;
    if (this.state === Nud.stale) {
      this.setState(Nud.delay);
      this.setTimer(this.iface.neighbourConfig.delayFirstProbeTime);
      return true;
    }
    const starts = this.state !== Nud.incomplete;
    if (starts) {
      this.probes = this.iface.neighbourConfig.unicastSolicit;
      this.setState(Nud.incomplete);
      this.setTimer(Math.max(this.iface.neighbourConfig.retransTime, SHORTEST_TIMER));
    }
    this.enqueue(packet);
    if (starts) this.probe();
    return false;
  }

  /** Starts or renews the entry without a packet (Linux `neigh_event_send` with a null skb). */
  eventProbe(): void {
    this.used = this.now;
    if ((this.state & (NUD_CONNECTED | Nud.delay | Nud.probe | Nud.incomplete)) !== 0) return;
    if (this.state === Nud.stale) {
      this.setState(Nud.delay);
      this.setTimer(this.iface.neighbourConfig.delayFirstProbeTime);
      return;
    }
    this.probes = this.iface.neighbourConfig.unicastSolicit;
    this.setState(Nud.incomplete);
    this.setTimer(Math.max(this.iface.neighbourConfig.retransTime, SHORTEST_TIMER));
    this.probe();
  }

  /**
   * Something was learnt (Linux `neigh_update`).
   * @param mac id of the address heard, or -1 when none was
   * @param override whether a different address may replace a valid one
   * @param admin whether the user says so, which changes permanent entries as well
   */
  update(mac: number, state: number, override: boolean, admin = false): void {
    const now = this.now;
    const old = this.state;
    if (!admin && (old & (Nud.noarp | Nud.permanent)) !== 0) return;
    if ((state & NUD_VALID) === 0) {
      this.invalidateTo(state);
      return;
    }
    if (mac < 0) mac = this.mac;
    if ((state & NUD_CONNECTED) !== 0) this.confirmed = now;
    if ((old & NUD_VALID) !== 0) {
      if (mac !== this.mac && !override) return;
      // what was valid and has not moved does not become stale by hearing of it again
      if (mac === this.mac && state === Nud.stale && !admin) state = old;
    }
    const moved = mac !== this.mac || (old & NUD_VALID) === 0;
    if (state !== old || moved) this.updated = now;
    if (state !== old) this.enter(state);
    if (moved) {
      if (this.mac !== mac) {
        // a memo of a path counts on entries that had an address
        if ((old & NUD_VALID) !== 0) this.iface.namespace.noteLearnt();
        this.iface.neighboursChanged();
      }
      this.mac = mac;
      if ((state & NUD_CONNECTED) === 0) {
        this.confirmed = now - 2 * this.iface.neighbourConfig.baseReachableTime;
      }
    }
    if ((old & NUD_VALID) === 0) this.releaseWaiting();
  }

  /** Upper layers have heard from there (Linux `neigh_confirm`). */
  confirm(): void {
    if ((this.state & NUD_VALID) !== 0) this.confirmed = this.now;
  }

  /** The timer is due (Linux `neigh_timer_handler`). */
  onTimer(): void {
    this.timer = NO_TIMER;
    if ((this.state & NUD_IN_TIMER) === 0) return;
    const config = this.iface.neighbourConfig;
    const now = this.now;
    let next: number;
    if (this.state === Nud.reachable) next = this.leaveReachable(now);
    else if (this.state === Nud.delay) next = this.leaveDelay(now);
    else next = Math.max(config.retransTime, SHORTEST_TIMER);
    if ((this.state & (Nud.incomplete | Nud.probe)) !== 0 && this.probes >= this.maxProbes()) {
      this.setState(Nud.failed);
      this.reportFailure();
      return;
    }
    if ((this.state & NUD_IN_TIMER) !== 0) this.setTimer(Math.max(next, SHORTEST_TIMER));
    if ((this.state & (Nud.incomplete | Nud.probe)) !== 0) this.probe();
  }

  /** The entry goes away; packets that wait are lost. */
  destroy(): void {
    this.clearTimer();
    if (this.timerTarget !== 0) this.iface.namespace.network.timerTargets.remove(this.timerTarget);
    this.timerTarget = 0;
    this.setState(Nud.failed);
    const waiting = this.takeWaiting();
    for (let packet = waiting?.shift(); packet; packet = waiting?.shift()) {
      this.iface.namespace.network.drop(packet, DropReason.deviceGone, this.iface);
    }
    if (this.place !== GONE) this.figures.release(this.place, FIGURES_PER_NEIGHBOUR);
    this.place = GONE;
  }

  private invalidateTo(state: number): void {
    const old = this.state;
    this.clearTimer();
    this.setState(state);
    if ((old & (Nud.incomplete | Nud.probe)) !== 0 && (state & Nud.failed) !== 0) this.reportFailure();
  }

  private enter(state: number): void {
    this.clearTimer();
    if (state === Nud.probe) this.probes = 0;
    this.setState(state);
    if ((state & NUD_IN_TIMER) !== 0) this.setTimer(state === Nud.reachable ? this.reachableTime() : 0);
  }

  /** Nanoseconds until the next look. */
  private leaveReachable(now: number): number {
    const config = this.iface.neighbourConfig;
    const confirmedUntil = this.confirmed + this.reachableTime();
    if (now <= confirmedUntil) return confirmedUntil - now;
    if (now <= this.used + config.delayFirstProbeTime) {
      this.setState(Nud.delay);
      return config.delayFirstProbeTime;
    }
    this.setState(Nud.stale);
    return 0;
  }

  private leaveDelay(now: number): number {
    const config = this.iface.neighbourConfig;
    if (now <= this.confirmed + config.delayFirstProbeTime) {
      this.setState(Nud.reachable);
      return Math.max(this.confirmed + this.reachableTime() - now, 0);
    }
    this.setState(Nud.probe);
    this.probes = 0;
    return Math.max(config.retransTime, SHORTEST_TIMER);
  }

  private maxProbes(): number {
    const { unicastSolicit, appSolicit, multicastSolicit, multicastResolicit } = this.iface.neighbourConfig;
    return unicastSolicit + appSolicit + (this.state === Nud.probe ? multicastResolicit : multicastSolicit);
  }

  /** Asks once, on behalf of the packet that came last. */
  private probe(): void {
    solicit(this, this.waiting === null ? null : this.waiting.last, this.probes);
    this.probes++;
  }

  private enqueue(packet: Packet): void {
    const { network } = this.iface.namespace;
    if (this.waiting !== null) this.makeRoom(this.waiting, packet);
    if (packet.traced !== 0) network.tracerOf(packet).waits(this, packet);
    if (this.waiting === null) this.waiting = new WaitingPackets(packet);
    else this.waiting.push(packet);
  }

  /** Drops those that have waited longest until there is room for another packet. */
  private makeRoom(waiting: WaitingPackets, packet: Packet): void {
    const most = this.iface.neighbourConfig.unresolvedQueueBytes - truesize(packet);
    while (waiting.bytes > most) {
      const oldest = waiting.shift();
      if (oldest === null) return;
      this.iface.namespace.network.drop(oldest, DropReason.neighbourQueueFull, this.iface);
    }
  }

  private releaseWaiting(): void {
    const waiting = this.takeWaiting();
    for (let packet = waiting?.shift(); packet; packet = waiting?.shift()) {
      // what goes to an entry that is only stale has it confirmed, as any packet does
      if ((this.state & NUD_VALID) !== 0 && this.eventSend(packet)) transmitTo(this, packet);
      else this.iface.namespace.network.drop(packet, DropReason.neighbourFailed, this.iface);
    }
  }

  /** Nobody answered: each packet that waits is answered with host unreachable (Linux `arp_error_report`). */
  private reportFailure(): void {
    const waiting = this.takeWaiting();
    for (let packet = waiting?.shift(); packet; packet = waiting?.shift()) {
      sendIcmpError.hostUnreachable(this.iface.namespace, packet);
      this.iface.namespace.network.drop(packet, DropReason.neighbourFailed, this.iface);
    }
  }

  /** What waits from now on is put elsewhere. */
  private takeWaiting(): WaitingPackets | null {
    const { waiting } = this;
    this.waiting = null;
    return waiting;
  }

  private setState(state: number): void {
    // a memo of a path counts on connected entries staying so, and on those in doubt
    const before = certainty(this.state);
    if (before > 0 && before !== certainty(state)) this.iface.namespace.noteLearnt();
    if ((this.state & NUD_VALID) === 0 || (state & NUD_VALID) === 0) this.iface.neighboursChanged();
    const collectable = this.isCollectable;
    this.state = state;
    if (this.iface.neighbours.get(this.address) === this) this.noteCollectable(collectable);
    this.updated = this.now;
  }

  private reachableTime(): number {
    const { iface } = this;
    const { namespace, neighbours } = iface;
    // Linux neigh_periodic_work draws anew every five minutes
    const epoch = Math.floor(namespace.network.simulation.now / REACHABLE_TIME_EPOCH);
    const drawn = neighbours.reachableEpoch === epoch ? neighbours.reachableTime : null;
    if (drawn !== null) return drawn;
    const time = namespace.drawReachableTime(iface, epoch);
    neighbours.reachableEpoch = epoch;
    neighbours.reachableTime = time;
    return time;
  }

  private setTimer(delay: number): void {
    this.clearTimer();
    const { timers, timerTargets } = this.iface.namespace.network;
    if (this.timerTarget === 0) this.timerTarget = timerTargets.add(this);
    this.timer = timers.arm(delay, this.timerTarget);
  }

  private clearTimer(): void {
    const { timer } = this;
    if (timer === NO_TIMER) return;
    this.iface.namespace.network.timers.cancel(timer);
    this.timer = NO_TIMER;
  }
}
