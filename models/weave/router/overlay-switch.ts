import { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { Features, OverlayConnectionParameters } from '../mesh/overlay.ts';
import type { Peer, PeerDirectory } from '../mesh/peer.ts';
import type { FlowOperation } from './flow-operation.ts';
import { DiscardOperation } from './flow-operations.ts';
import type { ForwardKey, NetworkOverlay, OverlayConsumer, OverlayForwarder } from './network-overlay.ts';

/** The feature in which a handshake names overlays, the preferred one first. */
const OVERLAYS = 'Overlays';

/** Tag of the mesh's messages that are for an overlay (mesh `ProtocolOverlayControlMsg`). */
export const OVERLAY_CONTROL_TAG = 7;

/** Uses the best of several overlays that works, connection by connection (weave `router/overlay_switch.go`). */
export class OverlaySwitch implements NetworkOverlay {
  /** In the order of preference. */
  private readonly overlays = new Map<string, NetworkOverlay>();
  private readonly iface: Interface;

  /** @param iface where drops are counted: the router's side of the bridge */
  constructor(iface: Interface) {
    this.iface = iface;
  }

  /** Adds an overlay that is less preferred than those before. @throws Error when the name is taken */
  add(name: string, overlay: NetworkOverlay): void {
    if (this.overlays.has(name)) throw new Error(`overlay ${name} exists already`);
    this.overlays.set(name, overlay);
  }

  addFeaturesTo(features: Features): void {
    features.set(OVERLAYS, [...this.overlays.keys()].join(' '));
  }

  startConsumingPackets(local: Peer, peers: PeerDirectory, consumer: OverlayConsumer): void {
    for (const overlay of this.overlays.values()) overlay.startConsumingPackets(local, peers, consumer);
  }

  invalidateRoutes(): void {
    for (const overlay of this.overlays.values()) overlay.invalidateRoutes();
  }

  invalidateShortIds(): void {
    for (const overlay of this.overlays.values()) overlay.invalidateShortIds();
  }

  /** Of each overlay, by its name. */
  diagnostics(): Readonly<Record<string, object | null>> {
    const names = [...this.overlays.keys()].sort();
    return Object.fromEntries(names.map((name) => [name, this.overlays.get(name)!.diagnostics?.() ?? null]));
  }

  prepareConnection(parameters: OverlayConnectionParameters): SwitchForwarder | string {
    const theirs = (parameters.features.get(OVERLAYS) ?? '').split(' ');
    const common = [...this.overlays].filter(([name]) => theirs.includes(name));
    if (common.length === 0) return 'no overlays in common with peer';
    // both ends number them alike: in the order of the one that has opened the connection
    if (!parameters.outbound) common.sort(([a], [b]) => theirs.indexOf(a) - theirs.indexOf(b));
    return new SwitchForwarder(parameters, common, this.iface);
  }
}

/** One of the forwarders of a connection. */
interface SubForwarder {
  readonly name: string;
  /** Null once it has failed, or if it could not be made. */
  forwarder: OverlayForwarder | null;
  established: boolean;
  /** It does not get through at the moment, and may again. */
  onHold: boolean;
}

/** Forwards by the best of its forwarders: the first that is established, else the first that works. */
export class SwitchForwarder implements OverlayForwarder {
  onEstablished: (() => void) | null = null;
  onError: ((error: string) => void) | null = null;
  private readonly forwarders: SubForwarder[];
  private readonly remotePeer: Peer;
  private readonly discard: FlowOperation;
  private best = -1;
  private everEstablished = false;
  private stopped = false;

  constructor(
    parameters: OverlayConnectionParameters,
    overlays: readonly (readonly [name: string, overlay: NetworkOverlay])[],
    iface: Interface,
  ) {
    this.remotePeer = parameters.remotePeer;
    this.discard = new DiscardOperation(DropReason.overlayNoPeer, iface);
    this.forwarders = overlays.map(([name, overlay], index) => {
      const sendControlMessage = (tag: number, message: Uint8Array) =>
        parameters.sendControlMessage(OVERLAY_CONTROL_TAG, Uint8Array.of(index, tag, ...message));
      const made = overlay.prepareConnection({ ...parameters, sendControlMessage });
      if (typeof made === 'string') return { name, forwarder: null, established: false, onHold: false };
      const forwarder = made as OverlayForwarder;
      forwarder.onEstablished = () => this.established(index);
      forwarder.onError = () => this.failed(index);
      if (forwarder.onHealth !== undefined) forwarder.onHealth = (healthy) => this.hold(index, !healthy);
      return { name, forwarder, established: false, onHold: false };
    });
    this.chooseBest();
  }

  confirm(): void {
    for (const { forwarder } of this.forwarders) forwarder?.confirm();
    if (this.best < 0) this.giveUp();
  }

  forward(key: ForwardKey): FlowOperation {
    for (let index = Math.max(this.best, 0); index < this.forwarders.length; index++) {
      const operation = this.forwarders[index].forwarder?.forward(key) ?? null;
      if (operation !== null) return operation;
    }
    return this.discard;
  }

  /** @param message index of the forwarder, its tag, its data, when `tag` says that it is for an overlay */
  controlMessage(tag: number, message: Uint8Array): void {
    if (tag !== OVERLAY_CONTROL_TAG || message.length < 2) return;
    this.forwarders[message[0]]?.forwarder?.controlMessage(message[1], message.slice(2));
  }

  stop(): void {
    this.stopped = true;
    for (const { forwarder } of this.forwarders) forwarder?.stop();
  }

  attributes(): ReadonlyMap<string, string | number | boolean> {
    return this.forwarders[this.best]?.forwarder?.attributes() ?? new Map();
  }

  displayName(): string {
    return this.forwarders[this.best]?.forwarder?.displayName() ?? 'none';
  }

  private established(index: number): void {
    this.forwarders[index].established = true;
    this.chooseBest();
    if (this.everEstablished) return;
    this.everEstablished = true;
    this.onEstablished?.();
  }

  /** One that is on hold is used only when there is no other. */
  private hold(index: number, onHold: boolean): void {
    this.forwarders[index].onHold = onHold;
    this.chooseBest();
  }

  /** One that has failed is not used again in this connection. */
  private failed(index: number): void {
    if (this.stopped) return;
    const failed = this.forwarders[index];
    failed.forwarder?.stop();
    failed.forwarder = null;
    this.chooseBest();
    if (this.best < 0) this.giveUp();
  }

  private giveUp(): void {
    this.onError?.(`no working forwarders to ${this.remotePeer}`);
  }

  private chooseBest(): void {
    const isThere = ({ forwarder }: SubForwarder) => forwarder !== null;
    const works = (one: SubForwarder) => isThere(one) && !one.onHold;
    const established = this.forwarders.findIndex((one) => works(one) && one.established);
    const working = this.forwarders.findIndex(works);
    if (established >= 0) this.best = established;
    else this.best = working >= 0 ? working : this.forwarders.findIndex(isThere);
  }
}
