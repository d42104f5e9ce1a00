import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { Alarms } from '../../models/weave/alarms.ts';
import { BytesContent, type Content } from '../../models/weave/mesh/content.ts';
import type { GossipData, Gossiper } from '../../models/weave/mesh/gossip.ts';
import type { MeshOptions } from '../../models/weave/mesh/mesh-options.ts';
import { MeshRouter } from '../../models/weave/mesh/mesh-router.ts';
import type {
  Features,
  Overlay,
  OverlayConnection,
  OverlayConnectionParameters,
} from '../../models/weave/mesh/overlay.ts';
import { ProtocolTag } from '../../models/weave/mesh/protocol.ts';
import type { PeerName } from '../../models/weave/peer-name.ts';
import { addAddress, addHost, newNetwork, SECOND } from './networks.ts';

/** Frames get through, or seem to, so long after the connection was confirmed. */
export class FakeOverlay implements Overlay {
  readonly connections: FakeOverlayConnection[] = [];
  routesInvalidated = 0;
  shortIdsInvalidated = 0;
  private readonly alarms: Alarms;

  /** @param delay nanoseconds, infinite for never */
  constructor(
    network: Network,
    private readonly delay: number,
    private readonly refusal: string | null = null,
  ) {
    this.alarms = new Alarms(network.simulation);
  }

  addFeaturesTo(features: Features): void {
    features.set('Overlays', 'sleeve');
  }

  prepareConnection(parameters: OverlayConnectionParameters): OverlayConnection | string {
    if (this.refusal !== null) return this.refusal;
    const connection = new FakeOverlayConnection(parameters, this.alarms, this.delay);
    this.connections.push(connection);
    return connection;
  }

  invalidateRoutes(): void {
    this.routesInvalidated++;
  }

  invalidateShortIds(): void {
    this.shortIdsInvalidated++;
  }
}

export class FakeOverlayConnection implements OverlayConnection {
  onEstablished: (() => void) | null = null;
  onError: ((error: string) => void) | null = null;
  stopped = false;
  readonly heard: [tag: number, message: Uint8Array][] = [];

  constructor(
    readonly parameters: OverlayConnectionParameters,
    private readonly alarms: Alarms,
    private readonly delay: number,
  ) {}

  confirm(): void {
    this.parameters.sendControlMessage(ProtocolTag.overlayControl, Uint8Array.of(0, 1));
    if (this.delay === Number.POSITIVE_INFINITY) return;
    this.alarms.after(this.delay, () => {
      if (!this.stopped) this.onEstablished?.();
    });
  }

  stop(): void {
    this.stopped = true;
  }

  controlMessage(tag: number, message: Uint8Array): void {
    this.heard.push([tag, message]);
  }

  attributes(): ReadonlyMap<string, string | number | boolean> {
    return new Map<string, string | number>([
      ['name', 'sleeve'],
      ['mtu', 1438],
    ]);
  }

  displayName(): string {
    return 'sleeve';
  }
}

/** Words that are said in a channel, and who has heard which how often. */
export class WordGossiper implements Gossiper {
  readonly heard: { source: PeerName; text: string; kind: 'unicast' | 'broadcast' | 'gossip' }[] = [];

  onGossipUnicast(source: PeerName, message: Content): void {
    this.heard.push({ source, text: decode(message), kind: 'unicast' });
  }

  onGossipBroadcast(source: PeerName, update: Content): GossipData {
    this.heard.push({ source, text: decode(update), kind: 'broadcast' });
    return new Words([decode(update)]);
  }

  gossip(): GossipData | null {
    return null;
  }

  onGossip(update: Content): GossipData | null {
    const text = decode(update);
    const isNew = !this.heard.some((word) => word.text === text);
    this.heard.push({ source: 0, text, kind: 'gossip' });
    return isNew ? new Words([text]) : null;
  }
}

/** Merged, they are one message. */
export class Words implements GossipData {
  constructor(private readonly words: readonly string[]) {}

  encode(): Content[] {
    return [text(this.words.join(' '))];
  }

  merge(other: GossipData): GossipData {
    const more = other instanceof Words ? other.words : [];
    return new Words([...this.words, ...more]);
  }
}

export function text(words: string): Content {
  return new BytesContent(new TextEncoder().encode(words));
}

function decode(content: Content): string {
  return new TextDecoder().decode(content.bytes());
}

export interface MeshNode {
  readonly host: NetworkNamespace;
  /** Its port of the switch. */
  readonly port: string;
  readonly address: string;
  router: MeshRouter;
  overlay: FakeOverlay;
  /** What the router has said, each line with its time, nanoseconds. */
  readonly lines: { readonly time: number; readonly line: string }[];
}

export type NodeOptions = Partial<Omit<MeshOptions, 'namespace' | 'overlay' | 'log'>> & {
  /** Nanoseconds from a connection's confirmation until frames get through. Default 0.1 s. */
  readonly established?: number;
  /** Why the overlay can't. */
  readonly refusal?: string;
};

export const FIRST_NAME: PeerName = 0x02_00_00_00_00_01;

/** Hosts at one switch, 10.9.0.1 and so on, each with a router of the mesh: 02:00:00:00:00:01(node-1) and so on. */
export class MeshNetwork {
  readonly network: Network;
  readonly nodes: MeshNode[] = [];
  private readonly lan: NetworkNamespace;
  private readonly options: NodeOptions[] = [];

  /** @param subnet of the hosts' addresses, which end in the nodes' numbers, beginning after `before` */
  constructor(
    seed: number | string = 1,
    private readonly subnet = '10.9.0',
    private readonly before = 0,
  ) {
    this.network = newNetwork(undefined, seed);
    this.lan = addHost(this.network, 'lan');
    this.lan.addBridge({ name: 'br0' });
    this.lan.setLinkUp('br0', true);
  }

  get now(): number {
    return this.network.simulation.now;
  }

  /** The router is not started. */
  add(options: NodeOptions = {}): MeshNode {
    const number = this.nodes.length + 1;
    const host = addHost(this.network, `node-${number}`);
    const port = `p${number}`;
    this.lan.addVeth({ name: port, peer: { name: 'eth0', namespace: host } });
    this.lan.setMaster(port, 'br0');
    this.lan.setLinkUp(port, true);
    host.setLinkUp('eth0', true);
    const address = `${this.subnet}.${this.before + number}`;
    addAddress(host, 'eth0', `${address}/24`);
    this.options.push(options);
    const lines: MeshNode['lines'] = [];
    const node = { host, port, address, lines, ...this.process(host, number, lines, options) };
    this.nodes.push(node);
    return node;
  }

  /** The process dies, and a new one takes its place. */
  restart(node: MeshNode): void {
    node.router.stop();
    const index = this.nodes.indexOf(node);
    Object.assign(node, this.process(node.host, index + 1, node.lines, this.options[index]));
    node.router.start();
  }

  /** Takes a node off the switch, with nobody noticing; or puts it back. */
  plug(node: MeshNode, connected: boolean): void {
    this.lan.setMaster(node.port, connected ? 'br0' : undefined);
  }

  run(seconds: number): void {
    this.network.simulation.run({ until: this.now + Math.round(seconds * SECOND) });
  }

  private process(
    host: NetworkNamespace,
    number: number,
    lines: MeshNode['lines'],
    { established = 0.1 * SECOND, refusal, ...options }: NodeOptions,
  ): Pick<MeshNode, 'router' | 'overlay'> {
    const overlay = new FakeOverlay(this.network, established, refusal ?? null);
    const router = new MeshRouter({
      namespace: host,
      name: FIRST_NAME + number - 1,
      nickname: `node-${number}`,
      overlay,
      log: (line) => lines.push({ time: this.now, line }),
      ...options,
    });
    return { router, overlay };
  }
}

/** What a node has said that matches, without times. */
export function said(node: MeshNode, pattern: RegExp): string[] {
  return node.lines.map(({ line }) => line).filter((line) => pattern.test(line));
}
