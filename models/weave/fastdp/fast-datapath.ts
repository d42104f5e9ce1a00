import { Actor } from '../../../engine/actor.ts';
import { DropReason } from '../../drop-reason.ts';
import { ZERO_MAC_ID } from '../../mac-table.ts';
import { ControlError, errnoText } from '../../netns/control-error.ts';
import type { Datapath, VportListener } from '../../netns/openvswitch/datapath.ts';
import type { Flow, FlowAction, FlowKey } from '../../netns/openvswitch/flow.ts';
import { type Upcall, UpcallSocket } from '../../netns/openvswitch/upcall-socket.ts';
import type { Vport } from '../../netns/openvswitch/vport.ts';
import type { Packet } from '../../packet.ts';
import type { OverlayConnectionParameters } from '../mesh/overlay.ts';
import type { Peer, PeerDirectory } from '../mesh/peer.ts';
import type { PeerName } from '../peer-name.ts';
import type { FlowOperation } from '../router/flow-operation.ts';
import { MultiOperation } from '../router/flow-operations.ts';
import type { NetworkOverlay, OverlayConsumer } from '../router/network-overlay.ts';
import { RouterThread, type ThreadContext } from '../router/router-thread.ts';
import { TimerSet } from '../router/timer-set.ts';
import { shortIdsOf, VXLAN_PORT_OFFSET } from '../wire/fastdp.ts';
import { SLEEVE_PORT } from '../wire/sleeve.ts';
import { DatapathBridge } from './datapath-bridge.ts';
import { ActionsOperation, KeyOperation, VetoOperation } from './datapath-operations.ts';
import { FastdpForwarder } from './fastdp-forwarder.ts';
import { isHairpin } from './hairpin.ts';

/** Nanoseconds. */
const FLOW_SWEEP = 300e9;
const MAC_SWEEP = 600e9;

const Timer = { flows: 0, macs: 1 } as const;

/** What the fast datapath of a router is made of. */
export interface FastDatapathParts {
  readonly datapath: Datapath;
  readonly context: ThreadContext;
  /** The router's port. Default 6783. */
  readonly port?: number;
}

/** What is to be done with a frame, sorted by who does it. */
interface Plan {
  /** What the kernel does. */
  readonly actions: readonly FlowAction[];
  /** What programs do. */
  readonly others: readonly FlowOperation[];
  /** Which frames it holds for; null where for this one alone. */
  readonly key: FlowKey | null;
  readonly isHairpin: boolean;
  /** Does with the frame what is left when there is nothing else. */
  readonly discard: FlowOperation | undefined;
}

/**
 * The overlay in the kernel: frames in VXLAN, by a datapath of Open vSwitch whose flows the router makes (weave
 * `router/fastdp.go`). What the datapath has no flow for comes here.
 */
export class FastDatapath extends Actor implements NetworkOverlay, VportListener {
  readonly datapath: Datapath;
  readonly bridge: DatapathBridge;
  readonly context: ThreadContext;
  private readonly socket: UpcallSocket;
  private readonly thread: RouterThread;
  private readonly timers = new TimerSet(this);
  private readonly started: number;
  private readonly udpPort: number;
  /** Ports for VXLAN by UDP port. */
  private readonly vxlanPorts = new Map<number, Vport>();
  private readonly forwarders = new Map<PeerName, FastdpForwarder>();
  /** How often all flows were deleted: a decision from before makes no flow. */
  private deletions = 0;
  private ourself: Peer | null = null;
  private directory: PeerDirectory | null = null;
  private consumer: OverlayConsumer | null = null;

  /** Takes the datapath over, whatever a router before has left in it. @throws ControlError EADDRINUSE */
  constructor({ datapath, context, port = SLEEVE_PORT }: FastDatapathParts) {
    const { simulation } = datapath.namespace.network;
    super(simulation);
    this.datapath = datapath;
    this.context = context;
    this.started = simulation.now;
    this.udpPort = port + VXLAN_PORT_OFFSET;
    this.bridge = new DatapathBridge(datapath);
    this.thread = new RouterThread(simulation, context, () => this.readMisses());
    this.socket = new UpcallSocket(() => this.thread.wake());
    for (const { type, number } of datapath.vports()) if (type === 'vxlan') datapath.deletePort(number);
    this.vxlanPort(this.udpPort);
    datapath.upcalls = this.socket;
    datapath.listener = this;
    for (const vport of datapath.vports()) this.portAdded(vport);
  }

  /** Frames that wait to be looked at. */
  get holds(): number {
    return this.socket.length;
  }

  /** Largest packet of the overlay, bytes. */
  get mtu(): number {
    return this.datapath.iface.mtu;
  }

  /** The router has ended. The kernel goes on by the flows that it has. */
  close(): void {
    for (const forwarder of [...this.forwarders.values()]) forwarder.stop();
    this.timers.clearAll();
    this.datapath.listener = null;
    this.datapath.upcalls = null;
    this.socket.close(this.datapath.iface);
  }

  // --- what the router calls

  /** That it is there is said by the overlay switch. */
  addFeaturesTo(): void {}

  startConsumingPackets(local: Peer, peers: PeerDirectory, consumer: OverlayConsumer): void {
    this.ourself = local;
    this.directory = peers;
    this.consumer = consumer;
  }

  prepareConnection(parameters: OverlayConnectionParameters): FastdpForwarder | string {
    const { outbound, remotePort } = parameters;
    try {
      const udpPort = outbound ? remotePort + VXLAN_PORT_OFFSET : this.udpPort;
      return new FastdpForwarder(this, this.vxlanPort(udpPort), udpPort, parameters);
    } catch (error) {
      if (error instanceof ControlError) return errnoText(error.errno).toLowerCase();
      throw error;
    }
  }

  invalidateRoutes(): void {
    this.deleteFlows();
  }

  invalidateShortIds(): void {
    this.deleteFlows();
  }

  // --- what the kernel tells

  portAdded({ type, number }: Vport): void {
    if (type === 'vxlan') return;
    this.bridge.addPort(number);
    // broadcasts go to one more
    this.deleteFlows();
  }

  portDeleted({ number }: Vport): void {
    this.bridge.deletePort(number);
  }

  // --- for its forwarders

  get local(): Peer {
    return this.ourself!;
  }

  remember(forwarder: FastdpForwarder): void {
    this.forwarders.set(forwarder.remotePeer.name, forwarder);
  }

  forget(forwarder: FastdpForwarder): void {
    const { name } = forwarder.remotePeer;
    if (this.forwarders.get(name) === forwarder) this.forwarders.delete(name);
  }

  /** Every frame is to be decided on anew. */
  deleteFlows(): void {
    this.deletions++;
    for (const { key } of this.datapath.flows()) this.datapath.deleteFlow(key);
  }

  // --- frames

  private readMisses(): void {
    while (!this.thread.isBlocked) {
      const upcall = this.socket.read();
      if (upcall === undefined) return;
      this.miss(upcall);
    }
  }

  private miss({ key, packet }: Upcall): void {
    this.bridge.missCount++;
    const { deletions } = this;
    const operation = this.decide(key);
    if (operation === null) {
      this.drop(packet, DropReason.deviceGone);
      return;
    }
    const plan = this.plan(operation, key);
    this.carryOut(plan, packet);
    this.tick();
    // what was decided may be out of date by now
    if (plan.key === null || plan.isHairpin || this.deletions !== deletions) return;
    this.datapath.createFlow(plan.key, plan.actions);
    this.tick();
  }

  /** What becomes of frames with this key; null when the port is no more. */
  private decide(key: FlowKey): FlowOperation | null {
    const vport = this.datapath.port(key.inPort);
    if (vport === null) return null;
    const { source, destination } = key.ethernet!;
    if (vport.type !== 'vxlan') return this.bridge.decide(vport.number, source, destination);
    const { vni, source: address } = key.tunnel!;
    const { source: sourceId, destination: destinationId } = shortIdsOf(vni);
    const sourcePeer = this.directory?.fetchByShortId(sourceId);
    const destinationPeer = this.directory?.fetchByShortId(destinationId);
    if (sourcePeer === undefined || destinationPeer === undefined) {
      return new VetoOperation(this.datapath, DropReason.overlayUnknownPeer);
    }
    if (source === ZERO_MAC_ID && destination === ZERO_MAC_ID) return this.heartbeat(sourcePeer, address);
    const operation = this.consumer!({ source, destination, sourcePeer, destinationPeer });
    const remark = new KeyOperation(this.datapath, DropReason.overlayNoPeer, 'tunnel');
    const { network } = this.datapath.namespace;
    return new MultiOperation(network, operation === null ? [remark] : [operation, remark], false);
  }

  /** The frame is for the router itself. */
  private heartbeat(sourcePeer: Peer, address: number): FlowOperation {
    const operation: FlowOperation = {
      discards: false,
      process: (packet) => {
        const forwarder = this.forwarders.get(sourcePeer.name);
        if (forwarder === undefined) this.drop(packet, DropReason.overlayUnknownPeer);
        else forwarder.receiveHeartbeat(packet, address);
      },
      flatten: () => [operation],
    };
    return operation;
  }

  /** Weave `FastDatapath.send`: what the kernel can't do by itself must not be in a flow. */
  private plan(operation: FlowOperation, { inPort, ethernet, tunnel }: FlowKey): Plan {
    const all = operation.flatten();
    const actions = all.flatMap((one) => (one instanceof ActionsOperation ? one.actions : []));
    const others = all.filter((one) => !one.discards && !(one instanceof ActionsOperation));
    const looksAt = (part: KeyOperation['part']) =>
      all.some((one) => one instanceof KeyOperation && one.part === part);
    const key = {
      inPort,
      ethernet: looksAt('ethernet') ? ethernet : null,
      tunnel: looksAt('tunnel') ? tunnel : null,
    };
    const vetoed = others.length > 0 || all.some((one) => one instanceof VetoOperation);
    const discards = all.filter((one) => one.discards);
    return {
      actions,
      others,
      key: vetoed ? null : key,
      isHairpin: isHairpin(this.datapath, key, actions),
      discard: discards.find((one) => !(one instanceof KeyOperation)) ?? discards[0],
    };
  }

  private carryOut({ actions, others, isHairpin, discard }: Plan, packet: Packet): void {
    const { pool } = this.datapath.namespace.network;
    const byKernel = actions.length > 0 && !isHairpin;
    others.forEach((operation, place) => {
      const isLast = place === others.length - 1 && !byKernel;
      // to a program it is one of several only if the program makes the copies
      operation.process(isLast ? packet : pool.copy(packet), false);
    });
    if (byKernel) this.datapath.execute(packet, actions);
    else if (others.length > 0) return;
    else if (isHairpin || discard === undefined) this.drop(packet, DropReason.overlayHairpin);
    else discard.process(packet, false);
  }

  private drop(packet: Packet, reason: DropReason): void {
    this.datapath.namespace.network.drop(packet, reason, this.datapath.iface);
  }

  private vxlanPort(udpPort: number): Vport {
    const known = this.vxlanPorts.get(udpPort);
    if (known !== undefined) return known;
    const vport = this.datapath.addVxlan(`vxlan-${udpPort}`, udpPort);
    this.vxlanPorts.set(udpPort, vport);
    return vport;
  }

  // --- time

  override handle(kind: number): void {
    this.timers.fired(kind);
    if (kind === Timer.macs) this.bridge.sweep();
    else this.sweepFlows();
    this.tick();
  }

  /** The clocks tick from the start on, but in thought as long as there is nothing to sweep. */
  private tick(): void {
    if (this.bridge.knowsAny) this.tickBy(Timer.macs, MAC_SWEEP);
    if (this.datapath.table.size > 0) this.tickBy(Timer.flows, FLOW_SWEEP);
  }

  private tickBy(timer: number, interval: number): void {
    if (this.timers.isRunning(timer)) return;
    const elapsed = this.simulation.now - this.started;
    this.timers.set(timer, interval - (elapsed % interval));
  }

  private sweepFlows(): void {
    const { deletions } = this;
    for (const flow of this.datapath.flows()) {
      // looking at one may have deleted all of them
      if (this.deletions !== deletions) return;
      if (flow.used < 0) this.datapath.deleteFlow(flow.key);
      else this.touch(flow);
    }
  }

  /** The router has to know which addresses are in use: it is asked as if a frame had come. */
  private touch({ key }: Flow): void {
    const { deletions } = this;
    if (key.ethernet !== null) this.decide(key);
    if (this.deletions === deletions) this.datapath.clearFlow(key);
  }
}
