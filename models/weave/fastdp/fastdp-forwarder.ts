import { Actor } from '../../../engine/actor.ts';
import { DropReason } from '../../drop-reason.ts';
import { ZERO_MAC_ID } from '../../mac-table.ts';
import type { Vport } from '../../netns/openvswitch/vport.ts';
import type { Packet } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { OverlayConnectionParameters } from '../mesh/overlay.ts';
import type { Peer } from '../mesh/peer.ts';
import type { FlowOperation } from '../router/flow-operation.ts';
import type { ForwardKey, OverlayForwarder } from '../router/network-overlay.ts';
import { RouterThread } from '../router/router-thread.ts';
import { TimerSet } from '../router/timer-set.ts';
import { HEARTBEAT_LENGTH, parseHeartbeat, vniOf } from '../wire/fastdp.ts';
import { ConnectionSecurity } from './connection-security.ts';
import { ActionsOperation } from './datapath-operations.ts';
import type { FastDatapath } from './fast-datapath.ts';
import { HeartbeatPayload } from './heartbeat-payload.ts';

/** Nanoseconds. */
const FAST_HEARTBEAT = 500e6;
const SLOW_HEARTBEAT = 10e9;
const HEARTBEAT_TIMEOUT = 6 * SLOW_HEARTBEAT;

const TUNNEL_TTL = 64;
/** What the name of this overlay is in what is shown. */
const NAME = 'fastdp';

/** Tags of the messages that the two ends send over TCP. */
const Control = { heartbeatReceived: 0, openSecurity: 1 } as const;

const Timer = { heartbeat: 0, timeout: 1 } as const;

/** Sends frames to one peer by VXLAN, and watches whether the way carries them (weave `fastDatapathForwarder`). */
export class FastdpForwarder extends Actor implements OverlayForwarder {
  readonly remotePeer: Peer;
  onEstablished: (() => void) | null = null;
  onError: ((error: string) => void) | null = null;
  onHealth: ((healthy: boolean) => void) | null = null;

  private readonly overlay: FastDatapath;
  private readonly vport: Vport;
  private readonly parameters: OverlayConnectionParameters;
  private readonly thread: RouterThread;
  private readonly timers = new TimerSet(this);
  /** Null where nothing is encrypted. */
  private readonly security: ConnectionSecurity | null;
  /** What came in for the thread to do. */
  private readonly messages: (() => void)[] = [];
  /** Where the other end is. */
  private remote: Ipv4Address;
  /** 0 until the connection is confirmed. */
  private heartbeatInterval = 0;
  private acknowledgedHeartbeat = false;
  private healthy = true;
  private finished = false;

  /**
   * @param vport by which it sends
   * @param udpPort of VXLAN
   */
  constructor(overlay: FastDatapath, vport: Vport, udpPort: number, parameters: OverlayConnectionParameters) {
    super(overlay.simulation);
    this.overlay = overlay;
    this.vport = vport;
    this.parameters = parameters;
    this.remotePeer = parameters.remotePeer;
    this.remote = parameters.remoteAddress;
    this.thread = new RouterThread(this.simulation, overlay.context, () => this.work());
    const { sessionKey } = parameters;
    this.security = sessionKey === null ? null : this.secure(udpPort, sessionKey);
  }

  // --- what the mesh and the overlay switch call

  confirm(): void {
    this.post(() => this.confirmed());
  }

  controlMessage(tag: number, message: Uint8Array): void {
    if (tag === Control.heartbeatReceived) this.post(() => this.established());
    else if (tag === Control.openSecurity) this.post(() => this.openOutbound(message));
  }

  stop(): void {
    if (this.finished) return;
    this.finished = true;
    this.overlay.forget(this);
    this.timers.clearAll();
    this.security?.close();
  }

  attributes(): ReadonlyMap<string, string | number | boolean> {
    const attributes = new Map<string, string | number | boolean>();
    if (this.security !== null) attributes.set('encrypted', true);
    return attributes.set('mtu', this.overlay.mtu).set('name', NAME);
  }

  displayName(): string {
    return NAME;
  }

  /** Peers without an id of their own, of which there may be at most 4096, are left to another overlay. */
  forward({ sourcePeer, destinationPeer }: ForwardKey): FlowOperation | null {
    if (!sourcePeer.hasShortId || !destinationPeer.hasShortId) return null;
    const tunnel = {
      vni: vniOf(sourcePeer.shortId, destinationPeer.shortId),
      source: this.parameters.localAddress,
      destination: this.remote,
      ttl: TUNNEL_TTL,
      tos: 0,
      dontFragment: true,
      checksum: false,
      transmits: true,
    };
    return new ActionsOperation(this.overlay.datapath, [
      { kind: 'set_tunnel', tunnel },
      { kind: 'output', port: this.vport.number },
    ]);
  }

  private secure(port: number, sessionKey: Uint8Array): ConnectionSecurity {
    const { overlay, remotePeer, parameters } = this;
    const { localAddress, remoteAddress, connectionUid } = parameters;
    return new ConnectionSecurity({
      namespace: overlay.datapath.namespace,
      localName: overlay.local.name,
      remoteName: remotePeer.name,
      localAddress,
      remoteAddress,
      port,
      sessionKey,
      connectionUid,
    });
  }

  // --- the thread

  private post(message: () => void): void {
    if (this.finished) return;
    this.messages.push(message);
    this.thread.wake();
  }

  private work(): void {
    while (!this.finished) {
      const message = this.messages.shift();
      if (message === undefined) return;
      message();
    }
  }

  override handle(kind: number): void {
    this.timers.fired(kind);
    if (kind === Timer.heartbeat) this.sendHeartbeat();
    else this.setHealthy(false);
  }

  // --- heartbeats: the way carries frames of full size

  private confirmed(): void {
    if (this.heartbeatInterval !== 0) return;
    this.overlay.remember(this);
    this.heartbeatInterval = FAST_HEARTBEAT;
    this.timers.set(Timer.timeout, HEARTBEAT_TIMEOUT);
    if (this.security === null) {
      this.sendHeartbeat();
      return;
    }
    const message = this.security.openInbound();
    this.parameters.sendControlMessage(Control.openSecurity, message);
    if (this.security.encryptsOutbound) this.sendHeartbeat();
  }

  /** The other end has said how it wants to have its frames. */
  private openOutbound(message: Uint8Array): void {
    if (this.security === null || this.security.encryptsOutbound) return;
    if (!this.security.openOutbound(message)) this.fail('IPSec init SA remote failed');
    else if (this.heartbeatInterval !== 0) this.sendHeartbeat();
  }

  private fail(error: string): void {
    this.stop();
    this.onError?.(error);
  }

  private sendHeartbeat(): void {
    this.timers.set(Timer.heartbeat, this.heartbeatInterval);
    const { local, mtu, datapath } = this.overlay;
    const key = {
      source: ZERO_MAC_ID,
      destination: ZERO_MAC_ID,
      sourcePeer: local,
      destinationPeer: this.remotePeer,
    };
    const operation = this.forward(key);
    if (operation === null) return;
    const packet = datapath.namespace.network.pool.create();
    packet.source = ZERO_MAC_ID;
    packet.destination = ZERO_MAC_ID;
    packet.etherType = 0;
    packet.length = ETHERNET_HEADER_LENGTH + mtu;
    const { connectionUid } = this.parameters;
    packet.payload = new HeartbeatPayload({ connectionUid, frameLength: packet.length });
    packet.payloadLength = mtu;
    packet.sentAt = this.simulation.now;
    operation.process(packet, false);
  }

  /** A frame of the other router has come. It ends here. */
  receiveHeartbeat(packet: Packet, sender: Ipv4Address): void {
    const { network } = this.overlay.datapath.namespace;
    const bytes = new Uint8Array(Math.min(packet.payloadLength, HEARTBEAT_LENGTH));
    packet.payload.writeTo(bytes, 0, 0, bytes.length);
    const heartbeat = parseHeartbeat(bytes);
    const { length } = packet;
    if (
      heartbeat?.connectionUid !== this.parameters.connectionUid ||
      heartbeat.frameLength !== (length & 0xffff)
    ) {
      network.drop(packet, DropReason.malformed, this.overlay.datapath.iface);
      return;
    }
    network.deliver(packet);
    this.heard(sender);
  }

  private heard(sender: Ipv4Address): void {
    this.remote = sender;
    if (!this.acknowledgedHeartbeat) {
      this.acknowledgedHeartbeat = true;
      this.parameters.sendControlMessage(Control.heartbeatReceived, new Uint8Array(0));
    }
    if (this.heartbeatInterval !== 0) this.timers.set(Timer.timeout, HEARTBEAT_TIMEOUT);
    this.setHealthy(true);
  }

  /** The other end has heard a heartbeat. */
  private established(): void {
    if (this.heartbeatInterval === SLOW_HEARTBEAT) return;
    this.heartbeatInterval = SLOW_HEARTBEAT;
    if (this.timers.isRunning(Timer.heartbeat)) this.timers.set(Timer.heartbeat, SLOW_HEARTBEAT);
    this.onEstablished?.();
  }

  /** Flows that lead this way would go on losing frames: they go. */
  private setHealthy(healthy: boolean): void {
    if (healthy === this.healthy) return;
    this.healthy = healthy;
    this.onHealth?.(healthy);
    this.overlay.deleteFlows();
  }
}
