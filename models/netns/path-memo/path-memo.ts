import { Direction } from '../../../engine/pcap-writer/index.ts';
import type { Tap } from '../../link/tap.ts';
import type { Packet } from '../../packet.ts';
import type { UdpSocket } from '../../transport/udp.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { Counter, type Interface } from '../interface/interface.ts';
import type { Network } from '../network.ts';
import type { PathDraft } from './path-recorder.ts';

/**
 * The path memo: what the tables said about a flow's packet is kept and applied to the packets that follow, in the
 * way of Open vSwitch's flow cache. It is exact: a run with it and one without give the same bytes.
 *
 * A segment is one packet's stay in one namespace, from where it came in (or was sent) to where it leaves: into a
 * veth pair, onto a cable, or into a socket. Its verdict holds as long as nothing has changed in that namespace
 * (its generation) and the forwarding-database entries used have not aged. The segments of a flow are chained, so
 * that finding the next one costs no look-up. What is left to do for each packet is what differs from packet to
 * packet: TTL, MAC addresses, entries refreshed, packets counted.
 *
 * A segment is recorded by following a packet through the ordinary steps (`path-recorder.ts`), with the hooks that
 * `explain` uses. When it holds no longer it is recorded anew in its old place.
 */

/** Marks of `Packet.traced`. */
export const Traced = { no: 0, explained: 1, recorded: 2 } as const;

/** Where a segment ends; a sink is a socket that nobody reads, of which only the flow is told. */
export const Exit = { veth: 0, cable: 1, socket: 2, sink: 3 } as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** No segment: what is not of a known flow. */
export const NO_SEGMENT = 0;
/** In place of a bridge's or an interface's id, or of a socket's place. */
const NONE = -1;

/**
 * A segment is sixteen words, one cache line: with ten thousand flows on their way, fetching them is most of what
 * a hop costs.
 */
const SHIFT = 4;
const NAMESPACE = 0;
/** Of the namespace, when this was recorded. */
const GENERATION = 1;
/** Serial of the outcome of the segment before, for which alone this one was recorded; 0 where a packet starts. */
const AFTER = 2;
/**
 * Longest frame (17 bits: longer ones would be cut or dropped somewhere), TTL on leaving (8), exit (2), doubt (1),
 * watched (1).
 */
const LIMITS = 3;
/** For the bridge that learns the source: where in `ageingTimes` its ageing time is, and the time of the entry. */
const LEARN = 4;
const LEARN_PLACE = 5;
/** The same for the bridge whose learnt entry says where the destination is. */
const LOOKUP = 6;
const LOOKUP_PLACE = 7;
/** MAC addresses that the frame leaves with. */
const SOURCE = 8;
const DESTINATION = 9;
/** The interface that it leaves by, or the place of the socket that reads it. */
const OUT = 10;
/** The interface at the other end. */
const PEER = 11;
/** What the next namespace did with it, when that is known. */
const NEXT = 12;
/** Names this outcome: how and where the packet leaves. Never given twice. */
const SERIAL = 13;
/** Packets and bytes that the interfaces passed have not been told of yet. */
const PACKETS = 14;
const BYTES = 15;

const LENGTH_BITS = 17;
const LENGTH_MAX = 2 ** LENGTH_BITS - 1;
const TTL_SHIFT = LENGTH_BITS;
const EXIT_SHIFT = TTL_SHIFT + 8;
const DOUBT = 1 << (EXIT_SHIFT + 2);
const WATCHED = 1 << (EXIT_SHIFT + 3);

/**
 * Beside these what is looked at rarely: the interfaces passed, when counters are read or somebody watches, and who is
 * in doubt.
 */
const PASSED_SHIFT = 2;
const ENTRY = 0;
const BRIDGE_IN = 1;
const BRIDGE_OUT = 2;
/** A next hop that is being verified notes every use: where, in `neighbourFigures`. */
const DOUBTFUL = 3;

/**
 * And where somebody watches, what he knows the packet by (`Tap.remember`) and who he is: as it comes, as it goes, and on
 * its cable.
 */
const SHOWN_SHIFT = 3;
const COMING = 0;
const GOING = 1;
const ON_CABLE = 2;
/** In place of what he knows it by. */
const NOT_SHOWN = 0;
const NOBODY = -1;

/** What is imported is fetched from memory each time it is used; these are not. */
const { inbound: INBOUND, outbound: OUTBOUND } = Direction;

/** Bytes counted at most before they are handed on: keeps the sum a small integer. */
const BYTES_LIMIT = 2 ** 29;
const CAPACITY_START = 64;
/** Up to so many segments room is made fourfold, then twofold: what is not used of it takes no memory. */
const GROWS_FAST = 2 ** 14;

/** The segments of a network's flows, and the way along them. */
export class PathMemo {
  /** Off: every packet goes through the tables. */
  enabled = true;
  /** By namespace; see `NetworkNamespace.generation`. */
  generations = new Int32Array(CAPACITY_START);
  /** By namespace; see `NetworkNamespace.arpGeneration`. */
  arpGenerations = new Int32Array(CAPACITY_START);

  private readonly network: Network;
  private words = new Int32Array(CAPACITY_START << SHIFT);
  private passed = new Int32Array(CAPACITY_START << PASSED_SHIFT);
  private shown = new Int32Array(0);
  private readonly watchers: Tap[] = [];
  private count = 1;
  private namespaces = 0;
  private lastSerial = 0;
  private readonly sockets: UdpSocket[] = [];
  /** Segments that have counted something; in a typed array, of which growing leaves no garbage on the heap. */
  private dirty = new Int32Array(CAPACITY_START);
  private dirtyCount = 0;

  constructor(network: Network) {
    this.network = network;
  }

  /**
   * Takes a packet along a segment; false, with nothing done, when the segment does not hold for it.
   */
  follow(segment: number, packet: Packet): boolean {
    const words = this.words;
    const at = segment << SHIFT;
    const limits = words[at + LIMITS];
    if (
      words[at + AFTER] !== packet.pathSerial ||
      words[at + GENERATION] !== this.generations[words[at + NAMESPACE]] ||
      packet.length > (limits & LENGTH_MAX) ||
      !this.holds(at, limits, segment)
    ) {
      return false;
    }
    const bytes = words[at + BYTES] + packet.length;
    words[at + BYTES] = bytes;
    if (words[at + PACKETS]++ === 0) this.noteDirty(segment);
    if (bytes > BYTES_LIMIT) this.settle(segment);

    const watched = (limits & WATCHED) !== 0;
    if (watched && !this.isShownAgain(segment, COMING, packet, 0)) this.showComing(segment, packet);
    packet.ttl = (limits >> TTL_SHIFT) & 0xff;
    packet.source = words[at + SOURCE];
    packet.destination = words[at + DESTINATION];
    if (watched && !this.isShownAgain(segment, GOING, packet, 0)) this.showGoing(segment, packet);
    packet.lastSegment = segment;
    packet.nextSegment = words[at + NEXT];
    packet.pathSerial = words[at + SERIAL];
    this.leave(segment, exitOf(limits), words[at + OUT], words[at + PEER], packet);
    return true;
  }

  /** Whether the entries that the segment rests on are still good; if so they are used. */
  private holds(at: number, limits: number, segment: number): boolean {
    const { words, network } = this;
    const learn = words[at + LEARN];
    const lookup = words[at + LOOKUP];
    if (learn === NONE && lookup === NONE && (limits & DOUBT) === 0) return true;
    const now = network.simulation.now;
    const { values: times } = network.ageingTimes;
    if (lookup !== NONE && now - times[words[at + LOOKUP_PLACE]] > times[lookup]) return false;
    if (learn !== NONE && now - times[words[at + LEARN_PLACE]] > times[learn]) return false;
    if ((limits & DOUBT) !== 0)
      network.neighbourFigures.values[this.passed[(segment << PASSED_SHIFT) + DOUBTFUL]] = now;
    if (learn !== NONE) times[words[at + LEARN_PLACE]] = now;
    return true;
  }

  /** Shows the packet, as it came, to those who watch the interfaces that it comes in by. */
  private showComing(segment: number, packet: Packet): void {
    const cold = segment << PASSED_SHIFT;
    const entry = this.passedBy(cold + ENTRY);
    const bridge = this.passedBy(cold + BRIDGE_IN);
    if (entry !== null) {
      packet.ingress = entry;
      if (entry.tap !== null) entry.tap.ingress(entry, packet);
    }
    if (bridge !== null) {
      packet.ingress = bridge;
      if (bridge.tap !== null) bridge.tap.ingress(bridge, packet);
    }
    this.remember(segment, COMING, entry, bridge, packet, INBOUND);
  }

  /** Shows the packet, as it leaves, to those who watch the interfaces that it goes out by, but for a cable. */
  private showGoing(segment: number, packet: Packet): void {
    const { words, network } = this;
    const at = segment << SHIFT;
    const bridge = this.passedBy((segment << PASSED_SHIFT) + BRIDGE_OUT);
    const out = exitOf(words[at + LIMITS]) === Exit.veth ? network.interfaces[words[at + OUT]] : null;
    if (bridge !== null && bridge.tap !== null) bridge.tap.egress(bridge, packet, null, 0);
    if (out !== null && out.tap !== null) out.tap.egress(out, packet, null, 0);
    this.remember(segment, GOING, bridge, out, packet, OUTBOUND);
  }

  /**
   * Shows the packet to who watches the cable by which it leaves; its last bit is out `ahead` nanoseconds from now.
   */
  showOnCable(segment: number, out: Interface, packet: Packet, ahead: number): void {
    if (this.isShownAgain(segment, ON_CABLE, packet, ahead)) return;
    out.tap!.egress(out, packet, null, ahead);
    this.remember(segment, ON_CABLE, out, null, packet, OUTBOUND);
  }

  /** Whether there was somebody to whom a packet like this one was shown before, and nothing else is to be done. */
  private isShownAgain(segment: number, stage: number, packet: Packet, ahead: number): boolean {
    const { shown } = this;
    const place = (segment << SHOWN_SHIFT) + (stage << 1);
    if (place >= shown.length) return false;
    const known = shown[place];
    if (known === NOBODY) return true;
    return known !== NOT_SHOWN && this.watchers[shown[place + 1]].seeAgain!(known, packet, ahead) === true;
  }

  /** Once a packet has been shown: what the watcher is to see of those that come like it. */
  private remember(
    segment: number,
    stage: number,
    first: Interface | null,
    second: Interface | null,
    packet: Packet,
    direction: Direction,
  ): void {
    const one = first !== null && first.tap !== null ? first : null;
    const other = second !== null && second.tap !== null ? second : null;
    const tap = one?.tap ?? other?.tap ?? null;
    const differ = one !== null && other !== null && one.tap !== other.tap;
    if (differ || (tap !== null && tap.remember === undefined)) return;
    const place = (segment << SHOWN_SHIFT) + (stage << 1);
    if (place >= this.shown.length) this.shown = grownTo(this.shown, 2 * (place + 1));
    // one with another payload may have come between
    if (this.shown[place] !== NOT_SHOWN) return;
    if (tap === null) {
      this.shown[place] = NOBODY;
      return;
    }
    this.shown[place] = tap.remember!(one ?? other!, one === null ? null : other, packet, direction);
    this.shown[place + 1] = this.placeOfWatcher(tap);
  }

  private placeOfWatcher(tap: Tap): number {
    const place = this.watchers.indexOf(tap);
    return place >= 0 ? place : this.watchers.push(tap) - 1;
  }

  /** The interface at a place of `passed`, null for none. */
  private passedBy(place: number): Interface | null {
    const id = this.passed[place];
    return id === NONE ? null : this.network.interfaces[id];
  }

  private leave(segment: number, exit: number, out: number, peer: number, packet: Packet): void {
    const { network } = this;
    switch (exit) {
      case Exit.cable:
        network.interfaces[out]!.cable!.send(packet, segment);
        break;
      case Exit.veth:
        network.countHop(out, packet);
        network.backlog.push(packet, peer);
        break;
      case Exit.sink:
        network.deliverToFlow(packet);
        network.deliver(packet);
        break;
      default:
        this.sockets[out].receive(packet);
    }
  }

  /** Whether the segment that the packet took last still leads where it led the packet. */
  stillLeadsHere(packet: Packet): boolean {
    return this.words[(packet.lastSegment << SHIFT) + SERIAL] === packet.pathSerial;
  }

  /**
   * Writes down a segment, in the place of the one that stood there for the same packets if there is one.
   * @param old the segment whose place it takes, or `NO_SEGMENT`
   * @returns the segment
   */
  write(old: number, draft: PathDraft): number {
    const segment = old === NO_SEGMENT ? this.allocate() : old;
    if (old !== NO_SEGMENT) this.settle(old);
    const { words, passed } = this;
    const at = segment << SHIFT;
    const out = draft.exit === Exit.sink ? NONE : this.exitPlace(draft);
    const limits =
      Math.min(draft.maxLength, LENGTH_MAX) |
      (draft.ttl << TTL_SHIFT) |
      (draft.exit << EXIT_SHIFT) |
      (draft.doubtful === null ? 0 : DOUBT) |
      (draft.watched ? WATCHED : 0);
    // another outcome before it may mean another packet, for which what follows does not hold
    const sameOutcome =
      words[at + SERIAL] !== 0 &&
      words[at + AFTER] === draft.after &&
      words[at + OUT] === out &&
      words[at + PEER] === draft.peer &&
      words[at + SOURCE] === draft.source &&
      words[at + DESTINATION] === draft.destination &&
      words[at + LIMITS] >> LENGTH_BITS === limits >> LENGTH_BITS;
    if (!sameOutcome) words[at + SERIAL] = this.nextSerial();
    words[at + NAMESPACE] = draft.namespace!.place;
    words[at + GENERATION] = draft.namespace!.generation;
    words[at + AFTER] = draft.after;
    words[at + LIMITS] = limits;
    words[at + LEARN] = draft.learnFdb === null ? NONE : draft.learnFdb.ageingAt;
    words[at + LEARN_PLACE] = draft.learnFdb === null ? NONE : draft.learnFdb.timeAt(draft.learnPlace);
    words[at + LOOKUP] = draft.lookupFdb === null ? NONE : draft.lookupFdb.ageingAt;
    words[at + LOOKUP_PLACE] = draft.lookupFdb === null ? NONE : draft.lookupFdb.timeAt(draft.lookupPlace);
    words[at + SOURCE] = draft.source;
    words[at + DESTINATION] = draft.destination;
    words[at + OUT] = out;
    words[at + PEER] = draft.peer;
    const cold = segment << PASSED_SHIFT;
    passed[cold + ENTRY] = draft.entry === null ? NONE : draft.entry.id;
    passed[cold + BRIDGE_IN] = draft.bridgeIn === null ? NONE : draft.bridgeIn.id;
    passed[cold + BRIDGE_OUT] = draft.bridgeOut === null ? NONE : draft.bridgeOut.id;
    if (draft.doubtful !== null) passed[cold + DOUBTFUL] = draft.doubtful.placeOfUse;
    const shown = segment << SHOWN_SHIFT;
    if (shown < this.shown.length) this.shown.fill(NOT_SHOWN, shown, shown + (1 << SHOWN_SHIFT));
    return segment;
  }

  /**
   * The segment is to be used for packets with other headers: they may leave it as those before them did, but what
   * follows it does not hold for them.
   */
  changeOutcome(segment: number): void {
    this.words[(segment << SHIFT) + SERIAL] = 0;
  }

  serialOf(segment: number): number {
    return this.words[(segment << SHIFT) + SERIAL];
  }

  nextOf(segment: number): number {
    return this.words[(segment << SHIFT) + NEXT];
  }

  setNext(segment: number, next: number): void {
    this.words[(segment << SHIFT) + NEXT] = next;
  }

  /** Room for another namespace's generation; answers its place. */
  addNamespace(): number {
    if (this.namespaces === this.generations.length) {
      this.generations = grownTo(this.generations, Math.ceil(this.namespaces * 1.5));
      this.arpGenerations = grownTo(this.arpGenerations, this.generations.length);
    }
    return this.namespaces++;
  }

  /** Tells the interfaces what has passed them. */
  settleAll(): void {
    for (let i = 0; i < this.dirtyCount; i++) this.settle(this.dirty[i]);
    this.dirtyCount = 0;
  }

  private noteDirty(segment: number): void {
    const { length } = this.dirty;
    if (this.dirtyCount === length) this.dirty = grownTo(this.dirty, nextCapacity(length));
    this.dirty[this.dirtyCount++] = segment;
  }

  private settle(segment: number): void {
    const { words, passed, network } = this;
    const { counters } = network;
    const at = segment << SHIFT;
    const packets = words[at + PACKETS];
    const bytes = words[at + BYTES];
    words[at + PACKETS] = 0;
    words[at + BYTES] = 0;
    const entry = passed[(segment << PASSED_SHIFT) + ENTRY];
    const bridgeIn = passed[(segment << PASSED_SHIFT) + BRIDGE_IN];
    const bridgeOut = passed[(segment << PASSED_SHIFT) + BRIDGE_OUT];
    if (entry !== NONE) counters.addMany(entry, Counter.rxPackets, packets, bytes);
    // the kernel counts bytes at a bridge without the Ethernet header
    const payload = bytes - ETHERNET_HEADER_LENGTH * packets;
    if (bridgeIn !== NONE) counters.addMany(bridgeIn, Counter.rxPackets, packets, payload);
    if (bridgeOut !== NONE) counters.addMany(bridgeOut, Counter.txPackets, packets, bytes);
    // a cable counts for itself
    if (exitOf(words[at + LIMITS]) === Exit.veth)
      counters.addMany(words[at + OUT], Counter.txPackets, packets, bytes);
  }

  private exitPlace({ socket, out }: PathDraft): number {
    if (socket === null) return out!.id;
    if (socket.place < 0) socket.place = this.sockets.push(socket) - 1;
    return socket.place;
  }

  private nextSerial(): number {
    if (this.lastSerial === 2 ** 31 - 1) throw new Error('assertion failed: serials of paths are used up');
    return ++this.lastSerial;
  }

  private allocate(): number {
    const segment = this.count++;
    if (segment << SHIFT === this.words.length) {
      const capacity = nextCapacity(segment);
      this.words = grownTo(this.words, capacity << SHIFT);
      this.passed = grownTo(this.passed, capacity << PASSED_SHIFT);
    }
    return segment;
  }
}

function exitOf(limits: number): number {
  return (limits >> EXIT_SHIFT) & 3;
}

/** How many there is to be room for, once there are so many. */
function nextCapacity(count: number): number {
  return count * (count <= GROWS_FAST ? 4 : 2);
}

function grownTo(words: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length);
  grown.set(words);
  return grown;
}
