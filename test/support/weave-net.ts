import { Actor } from '../../engine/actor.ts';
import type { Cable, CableSpec } from '../../models/link/cable.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import { connect } from '../../models/netns/interface/link-control.ts';
import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { attachPod } from '../../models/weave/bridge/attach-pod.ts';
import { type BridgeConfig, DATAPATH } from '../../models/weave/bridge/bridge-config.ts';
import { ensureBridge } from '../../models/weave/bridge/ensure-bridge.ts';
import { expose } from '../../models/weave/bridge/expose.ts';
import { FastDatapath } from '../../models/weave/fastdp/fast-datapath.ts';
import type { Features } from '../../models/weave/mesh/overlay.ts';
import { Peer, type PeerDirectory, type Routes } from '../../models/weave/mesh/peer.ts';
import type { PeerName } from '../../models/weave/peer-name.ts';
import type {
  BridgePort,
  NetworkOverlay,
  OverlayForwarder,
} from '../../models/weave/router/network-overlay.ts';
import { NetworkRouter } from '../../models/weave/router/network-router.ts';
import { OverlaySwitch } from '../../models/weave/router/overlay-switch.ts';
import { PcapPort } from '../../models/weave/router/pcap-port.ts';
import type { ThreadContext } from '../../models/weave/router/router-thread.ts';
import { SleeveOverlay } from '../../models/weave/router/sleeve-overlay.ts';
import { addHost, IDEAL_CABLE, ip, newNetwork, prefix } from './networks.ts';

/** Nanoseconds that a message over TCP takes. */
const CONTROL_DELAY = 100_000;

export interface WeaveNode {
  namespace: NetworkNamespace;
  peer: Peer;
  /** The one that connections are made by: sleeve, or the switch of a test with datapaths. */
  overlay: NetworkOverlay;
  sleeve: SleeveOverlay;
  /** Null where the node has no datapath. */
  fastdp: FastDatapath | null;
  port: BridgePort;
  holders: { readonly holds: number }[];
  router: NetworkRouter;
  config: BridgeConfig;
  /** By name of the neighbour. */
  connections: Map<PeerName, OverlayForwarder>;
}

export interface WeaveNetOptions {
  nodes: number;
  network?: Network;
  /** MAC addresses of the bridges. Default 02:00:00:00:00:01, ...:02 and so on. */
  names?: number[];
  /** Address of the first node. */
  firstAddress?: string;
  cable?: CableSpec;
  config?: Partial<BridgeConfig>;
  /** Which nodes (from 1) have a datapath; when it is given, all choose their overlay by a switch. */
  datapaths?: readonly number[];
  /** What is done to a node before its router starts. */
  prepare?: (node: NetworkNamespace) => void;
}

/** Lets a message take its time. */
class Later extends Actor {
  private readonly actions: (() => void)[] = [];

  do(action: () => void, delay = CONTROL_DELAY): void {
    this.simulation.schedule(this, this.simulation.now + delay, 0, this.actions.push(action) - 1);
  }

  override handle(_kind: number, place: number): void {
    this.actions[place]();
  }
}

/** Nodes on one switch with a router each, and a mesh whose connections a test decides on. */
export class WeaveNet implements PeerDirectory {
  readonly network: Network;
  readonly lan: NetworkNamespace;
  readonly nodes: WeaveNode[] = [];
  /** From each node to the switch. */
  readonly cables: Cable[] = [];
  /** Control messages sent, as `1>2 tag`. */
  readonly control: string[] = [];
  /** Whether a control message gets through, by its text in `control`. */
  passes: (text: string) => boolean = () => true;
  /** Errors by which connections ended. */
  readonly errors: string[] = [];
  private readonly later: Later;
  private readonly neighbours = new Map<PeerName, PeerName[]>();

  constructor(options: WeaveNetOptions) {
    const { nodes, firstAddress = '192.168.77.11', cable = IDEAL_CABLE } = options;
    this.network = options.network ?? newNetwork();
    this.later = new Later(this.network.simulation);
    this.lan = addHost(this.network, 'lan');
    this.lan.addBridge({ name: 'sw' });
    this.lan.setLinkUp('sw', true);
    const first = ip(firstAddress);
    for (let i = 0; i < nodes; i++) {
      const name = options.names?.[i] ?? 0x020000000001 + i;
      this.addNode(`node${i + 1}`, first + i, 0x02aa00000001 + i, name, cable, options);
    }
  }

  private addNode(
    name: string,
    address: number,
    mac: number,
    peerName: PeerName,
    cable: CableSpec,
    options: WeaveNetOptions,
  ): void {
    const namespace = addHost(this.network, name);
    const eth0 = namespace.addPhysical({ name: 'eth0', mac });
    this.cables.push(connect(eth0, this.lan.addPhysical({ name }), cable));
    namespace.setLinkUp('eth0', true);
    this.lan.setMaster(name, 'sw');
    this.lan.setLinkUp(name, true);
    namespace.addAddress('eth0', { address, prefixLength: 24 });
    options.prepare?.(namespace);
    const hasDatapath = options.datapaths?.includes(this.nodes.length + 1) === true;
    const type = hasDatapath ? 'bridged_fastdp' : 'bridge';
    const config: BridgeConfig = { type, peer: peerName, ...options.config };
    const iface = ensureBridge(namespace, config);
    const context: ThreadContext = { current: null };
    const sleeve = new SleeveOverlay({ namespace, iface, context });
    const fastdp = hasDatapath
      ? new FastDatapath({ datapath: namespace.datapath(DATAPATH)!, context })
      : null;
    const pcap = fastdp === null ? new PcapPort(iface, context) : null;
    const overlay = options.datapaths === undefined ? sleeve : switchOf(sleeve, fastdp, iface);
    const port = pcap ?? fastdp!.bridge;
    const holders = [sleeve, pcap ?? fastdp!];
    const peer = new Peer(peerName, name, 1n, this.nodes.length);
    const connections = new Map<PeerName, OverlayForwarder>();
    const router = new NetworkRouter({
      ourself: peer,
      peers: this,
      routes: this.routesOf(peerName),
      connectionTo: (neighbour) => connections.get(neighbour),
      overlay,
      bridge: port,
      iface,
    });
    this.nodes.push({
      namespace,
      peer,
      overlay,
      sleeve,
      fastdp,
      port,
      holders,
      router,
      config,
      connections,
    });
    router.start();
  }

  // --- PeerDirectory

  fetch(name: PeerName): Peer | undefined {
    return this.nodes.find(({ peer }) => peer.name === name)?.peer;
  }

  fetchByShortId(shortId: number): Peer | undefined {
    return this.all().find((peer) => peer.hasShortId && peer.shortId === shortId);
  }

  all(): readonly Peer[] {
    return this.nodes.map(({ peer }) => peer);
  }

  // --- the mesh

  /** Connects node `from` to node `to` (from 1). */
  connect(from: number, to: number, key: Uint8Array | null = null): void {
    const [a, b] = [this.nodes[from - 1], this.nodes[to - 1]];
    const uid = 0x1122334455667788n + BigInt(from * 256 + to);
    const sides = [
      { mine: a, theirs: b, outbound: true },
      { mine: b, theirs: a, outbound: false },
    ];
    const made: OverlayForwarder[] = [];
    sides.forEach(({ mine, theirs, outbound }, side) => {
      const features: Features = new Map();
      theirs.overlay.addFeaturesTo(features);
      const forwarder = mine.overlay.prepareConnection({
        remotePeer: theirs.peer,
        localAddress: addressOf(mine),
        remoteAddress: addressOf(theirs),
        remotePort: outbound ? 6783 : 0,
        outbound,
        connectionUid: uid,
        sessionKey: key,
        sendControlMessage: (tag, message) => {
          const text = `${outbound ? from : to}>${outbound ? to : from} ${tag}`;
          this.control.push(text);
          if (this.passes(text)) this.later.do(() => made[1 - side].controlMessage(tag, message));
        },
        features,
      }) as OverlayForwarder;
      forwarder.onError = (error) => {
        this.errors.push(error);
        this.disconnect(mine, theirs);
      };
      forwarder.onEstablished = () => this.linked(mine.peer.name, theirs.peer.name);
      mine.connections.set(theirs.peer.name, forwarder);
      made.push(forwarder);
    });
    for (const forwarder of made) forwarder.confirm();
  }

  connectAll(key: Uint8Array | null = null): void {
    for (let from = 2; from <= this.nodes.length; from++) {
      for (let to = 1; to < from; to++) this.connect(from, to, key);
    }
  }

  private disconnect(mine: WeaveNode, theirs: WeaveNode): void {
    for (const [a, b] of [
      [mine, theirs],
      [theirs, mine],
    ]) {
      a.connections.get(b.peer.name)?.stop();
      a.connections.delete(b.peer.name);
      const others = this.neighbours.get(a.peer.name) ?? [];
      this.neighbours.set(
        a.peer.name,
        others.filter((other) => other !== b.peer.name),
      );
    }
    this.routesChanged();
  }

  private routesChanged(): void {
    for (const { overlay } of this.nodes) overlay.invalidateRoutes();
  }

  private linked(from: PeerName, to: PeerName): void {
    const others = this.neighbours.get(from) ?? [];
    this.neighbours.set(
      from,
      [...others, to].sort((a, b) => a - b),
    );
    this.routesChanged();
  }

  /** Neighbours by connections that both ends have established. */
  private symmetric(of: PeerName): PeerName[] {
    const others = this.neighbours.get(of) ?? [];
    return others.filter((other) => this.neighbours.get(other)?.includes(of) === true);
  }

  /** Who is reached from whom, breadth first: parents by name. */
  private tree(root: PeerName): Map<PeerName, PeerName> {
    const parents = new Map<PeerName, PeerName>([[root, root]]);
    for (const name of parents.keys()) {
      for (const next of this.symmetric(name)) if (!parents.has(next)) parents.set(next, name);
    }
    return parents;
  }

  private routesOf(own: PeerName): Routes {
    return {
      unicast: (destination) => {
        const parents = this.tree(own);
        let hop = destination;
        while (parents.has(hop) && parents.get(hop) !== own) hop = parents.get(hop)!;
        return parents.has(hop) ? hop : undefined;
      },
      broadcast: (origin) =>
        [...this.tree(origin)]
          .filter(([name, parent]) => parent === own && name !== own)
          .map(([name]) => name),
    };
  }

  // --- pods

  expose(node: number, cidr: string): void {
    const { namespace, config } = this.nodes[node - 1];
    const { destination: address, prefixLength } = cidrOf(cidr);
    expose(namespace, { address, prefixLength }, config);
  }

  attach(node: number, name: string, cidr: string, containerId = `${name}0123456789`): NetworkNamespace {
    const host = this.nodes[node - 1].namespace;
    const pod = addHost(this.network, name);
    pod.shareKernel(host);
    const { destination: address, prefixLength } = cidrOf(cidr);
    attachPod({ host, pod, containerId, address: { address, prefixLength } });
    return pod;
  }

  run(nanoseconds: number): void {
    const { simulation } = this.network;
    simulation.run({ until: simulation.now + nanoseconds });
  }

  /** Packets in the hands of the routers. */
  get held(): number {
    return this.nodes.flatMap(({ holders }) => holders).reduce((sum, { holds }) => sum + holds, 0);
  }

  /** All connections end, so that nothing is sent any more. */
  stop(): void {
    for (const { connections } of this.nodes)
      for (const connection of connections.values()) connection.stop();
  }
}

function switchOf(sleeve: SleeveOverlay, fastdp: FastDatapath | null, iface: Interface): OverlaySwitch {
  const overlays = new OverlaySwitch(iface);
  if (fastdp !== null) overlays.add('fastdp', fastdp);
  overlays.add('sleeve', sleeve);
  return overlays;
}

function cidrOf(text: string): { destination: number; prefixLength: number } {
  const [address, length] = text.split('/');
  return { ...prefix(address), prefixLength: Number(length) };
}

function addressOf({ namespace }: WeaveNode): number {
  return namespace.link('eth0')!.addresses[0].address;
}
