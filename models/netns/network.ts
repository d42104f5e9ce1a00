import { FramePrints, momentOf } from '../../engine/frame-prints.ts';
import { RandomStreams } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { NumberStore } from '../../engine/statistics/number-store.ts';
import { DropReason } from '../drop-reason.ts';
import { contentOf } from '../frame-content.ts';
import { MacTable } from '../mac-table.ts';
import type { CopyGroup, Packet } from '../packet.ts';
import { PacketPool } from '../packet-pool.ts';
import { FlowTable } from '../traffic/flow-table.ts';
import { UdpSources } from '../traffic/udp-sources.ts';
import type { ArpFlood } from './bridge/arp-flood.ts';
import { DropCounters } from './drop-counters.ts';
import { Backlog } from './interface/backlog.ts';
import type { Interface } from './interface/interface.ts';
import { InterfaceCounters } from './interface/interface-counters.ts';
import { receive } from './interface/receive.ts';
import { IpIds } from './ipv4/ip-ids.ts';
import { newNeighbourFigures } from './neighbour/neighbour-figures.ts';
import { NetworkNamespace } from './network-namespace.ts';
import { PathMemo, Traced } from './path-memo/path-memo.ts';
import { PathRecorder } from './path-memo/path-recorder.ts';
import { SendPaths } from './path-memo/send-paths.ts';
import { TimerTargets } from './time/namespace-timer.ts';
import { TimerBase } from './time/timer-base.ts';
import { NO_TRACER, type Tracer } from './tracer.ts';

/** The simulated world: every namespace, and what they share. */
export class Network {
  readonly simulation: Simulation;
  readonly random: RandomStreams;
  readonly pool = new PacketPool();
  readonly macs = new MacTable();
  readonly backlog: Backlog;
  readonly counters = new InterfaceCounters();
  readonly drops = new DropCounters();
  readonly timerTargets = new TimerTargets();
  /** The kernel timers of all namespaces: they are those of one machine. */
  readonly timers: TimerBase;
  /** Of every frame on every link. */
  readonly prints = new FramePrints();
  readonly memo = new PathMemo(this);
  readonly recorder = new PathRecorder(this);
  readonly sendPaths = new SendPaths(this);
  readonly ipIds = new IpIds();
  readonly flows = new FlowTable();
  readonly udpSources = new UdpSources(this);
  /** When the addresses in forwarding databases were last seen, and how long each database remembers them. */
  readonly ageingTimes = new NumberStore(256);
  readonly neighbourFigures = newNeighbourFigures();
  /** Of every bridge that has flooded an ARP request. */
  readonly arpFloods: ArpFlood[] = [];
  tracer: Tracer = NO_TRACER;
  /** Frames that have crossed a cable or a veth pair; a flood to k ports is k. */
  hops = 0;
  /** The packet that starts somewhere just now was dropped because the table of neighbours had no room. */
  neighbourTableFull = false;

  private readonly byName = new Map<string, NetworkNamespace>();
  /** By id; a loopback interface is there once it has been looked at. */
  readonly interfaces: Interface[] = [];
  private interfaceCount = 0;
  private lastPingId = 0;
  private lastOrder = 0;

  constructor(simulation: Simulation, seed: number | string) {
    this.simulation = simulation;
    this.timers = new TimerBase(simulation, this.timerTargets);
    this.random = new RandomStreams(seed);
    this.backlog = new Backlog(this);
    this.counters.beforeReading = () => {
      this.memo.settleAll();
      for (const flood of this.arpFloods) flood.settle();
    };
    simulation.setDeferred(this.backlog);
  }

  /** @throws Error when the name is taken */
  addNamespace(name: string): NetworkNamespace {
    if (this.byName.has(name)) throw new Error(`namespace ${name} exists already`);
    const namespace = new NetworkNamespace(this, name);
    this.byName.set(name, namespace);
    return namespace;
  }

  namespace(name: string): NetworkNamespace | undefined {
    return this.byName.get(name);
  }

  /** In the order in which they were added. */
  namespaces(): NetworkNamespace[] {
    return [...this.byName.values()];
  }

  /** Takes a namespace away with all its interfaces. */
  removeNamespace(name: string): void {
    this.byName.get(name)?.destroy();
    this.byName.delete(name);
  }

  /** The id of a new interface. */
  nextInterfaceId(): number {
    const id = this.interfaceCount++;
    this.counters.reserve(id);
    return id;
  }

  /** An echo identifier: ping takes its process id, which no two of one kernel share. */
  nextPingId(): number {
    if (this.lastPingId === 0) this.lastPingId = 1 + Math.floor(this.random.single('ping_id', '') * 0x7fff);
    this.lastPingId = (this.lastPingId % 0xffff) + 1;
    return this.lastPingId;
  }

  /** Makes a packet that is about to be sent one of a flow's. */
  countInFlow(packet: Packet, flow: number): void {
    packet.flow = flow;
    this.flows.get(flow)?.segmentSent?.(packet);
  }

  /** Numbers what interfaces see, for captures to keep the order of one instant. */
  nextOrder(): number {
    return this.lastOrder++;
  }

  /** Who follows a packet that is marked as followed. */
  tracerOf(packet: Packet): Tracer {
    return packet.traced === Traced.recorded ? this.recorder : this.tracer;
  }

  /** A packet has met its end for `reason` at `iface`. */
  drop(packet: Packet, reason: DropReason, iface: Interface): void {
    if (packet.inner !== null) {
      this.dropTunnelled(packet, reason, iface);
      return;
    }
    this.pool.dropped++;
    this.drops.add(iface, reason);
    if (packet.traced !== 0) this.tracerOf(packet).dropped(iface, packet, reason);
    if (packet.capture !== null) noteDrop(packet, reason, iface);
    const lost = packet.copies === null ? reason : endOfCopy(packet.copies, reason);
    if (lost >= 0 && packet.flow !== 0) this.flows.get(packet.flow)?.lost(packet, lost as DropReason);
    this.pool.release(packet);
  }

  /** What a packet carries through a tunnel is lost with it, and is what counts. */
  private dropTunnelled(packet: Packet, reason: DropReason, iface: Interface): void {
    if (packet.traced !== 0) this.tracerOf(packet).dropped(iface, packet, reason);
    if (packet.capture !== null) noteDrop(packet, reason, iface);
    for (let frame: Packet | null = this.pool.unwrap(packet); frame !== null; ) {
      const next: Packet | null = frame.following;
      this.drop(frame, reason, iface);
      frame = next;
    }
  }

  /** A packet has reached whom it was for and is of no more use. */
  deliver(packet: Packet): void {
    if (packet.inner !== null) packet = this.pool.unwrap(packet);
    if (packet.following !== null) this.deliver(packet.following);
    this.pool.delivered++;
    if (packet.copies !== null) {
      packet.copies.outstanding--;
      packet.copies.delivered = true;
    }
    this.pool.release(packet);
  }

  /** Copies of a flooded packet have had all the effects that they have, without having been made (`arp-flood.ts`). */
  deliverUnseen(copies: number): void {
    this.pool.copied += copies;
    this.pool.delivered += copies;
    this.backlog.countUnseen(copies);
  }

  /** A socket has received the packet: its flow is told. */
  deliverToFlow(packet: Packet): void {
    this.flows.received(packet, this.simulation);
  }

  /** A packet is there twice from now on; answers the second one. */
  duplicate(packet: Packet): Packet {
    const twin = this.pool.duplicate(packet);
    let inner = packet;
    // what is cargo has been copied
    while (inner.inner !== null && inner.cargo === null) inner = inner.inner;
    if (inner.twin && inner.flow !== 0) this.flows.get(inner.flow)?.duplicated(inner);
    return twin;
  }

  /** A request has arrived; its answer goes on in the same flow. */
  passOn(request: Packet, _answer: Packet): void {
    this.deliver(request);
  }

  /** A fragment has become part of a whole: it is neither lost nor delivered by itself. */
  mergeInto(part: Packet, whole: Packet): void {
    this.pool.delivered++;
    if (part.copies !== null) part.copies.outstanding--;
    void whole;
    this.pool.release(part);
  }

  /** A packet that was made but could not be sent is as if it had never been. */
  unsend(packet: Packet): void {
    this.pool.created--;
    this.pool.release(packet);
  }

  /** A frame crosses a veth pair or has crossed a cable; `from` is the id of the interface that sent it. */
  countHop(from: number, packet: Packet): void {
    this.countHopOf(from, contentOf(packet), momentOf(this.simulation));
  }

  /** The same for a frame of which is known what the prints see. */
  countHopOf(from: number, content: number, moment: number): void {
    this.hops++;
    this.prints.add(from, content, moment);
  }

  /** A frame has come off a cable. */
  receiveFromCable(iface: Interface, packet: Packet): void {
    packet.arrivalOrder = this.nextOrder();
    packet.confirmsNeighbours = false;
    receive(this, iface.id, packet);
  }
}

function noteDrop(packet: Packet, reason: DropReason, iface: Interface): void {
  const name = Object.entries(DropReason).find(([, number]) => number === reason)![0];
  packet.capture!.note(packet.captureSerial, `dropped at ${iface.fullName}: ${name}`);
}

/**
 * One copy of a flooded packet has died. Answers the reason for which the packet is lost, once its last copy has
 * died without any having arrived; else -1.
 */
function endOfCopy(group: CopyGroup, reason: DropReason): number {
  group.outstanding--;
  // that a copy reached a host that did not want it tells nothing
  if (group.reason < 0 || isByTheWay(group.reason)) group.reason = reason;
  return group.outstanding === 0 && !group.delivered ? group.reason : -1;
}

function isByTheWay(reason: number): boolean {
  return (
    reason === DropReason.otherHost ||
    reason === DropReason.bridgeNoForward ||
    reason === DropReason.overlayLocal ||
    reason === DropReason.overlayNoPeer ||
    reason === DropReason.datapathNoAction
  );
}
