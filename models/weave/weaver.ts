import { Actor } from '../../engine/actor.ts';
import { ControlError } from '../netns/control-error.ts';
import type { Interface } from '../netns/interface/interface.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { processId } from '../traffic/program.ts';
import type { Ipv4Prefix } from '../wire/ipv4-address.ts';
import { attachPod, detachPod } from './bridge/attach-pod.ts';
import { type BridgeConfig, type Cidr, DATAPATH, WEAVE_BRIDGE } from './bridge/bridge-config.ts';
import { configureRules, NO_MASQ_LOCAL_SET, rulesAreThere } from './bridge/bridge-rules.ts';
import { ensureBridge } from './bridge/ensure-bridge.ts';
import { bridgeAddress, expose, hide } from './bridge/expose.ts';
import { FastDatapath } from './fastdp/fast-datapath.ts';
import { HttpPort } from './http-port.ts';
import { Allocator, type PersistedIpam } from './ipam/allocator.ts';
import { IpamError } from './ipam/ipam-error.ts';
import type { PendingRequest } from './ipam/operation.ts';
import { quorumOf } from './ipam/paxos.ts';
import { MeshRouter } from './mesh/mesh-router.ts';
import type { BridgePort, OverlayForwarder } from './router/network-overlay.ts';
import { NetworkRouter } from './router/network-router.ts';
import { OverlaySwitch } from './router/overlay-switch.ts';
import { PcapPort } from './router/pcap-port.ts';
import { SleeveOverlay } from './router/sleeve-overlay.ts';
import type { WeaverOptions } from './weaver-options.ts';

/** The channel on which allocators speak. */
const IPAM_CHANNEL = 'IPallocation';
/** Who has the address of the bridge. */
const EXPOSE_ID = 'weave:expose';
/** Nanoseconds between two looks at whether the rules are still there. */
const RULES_CHECK = 10e9;
/** `--http-addr=127.0.0.1:6784`, `--metrics-addr=0.0.0.0:6782`. */
const HTTP_ADDRESS = 0x7f000001;
const HTTP_PORT = 6784;
const METRICS_PORT = 6782;

/** An address that was asked for, or why there is none. */
export type AddressResult = Ipv4Prefix | IpamError;

/**
 * The process `weaver` of one node: its part in the mesh, its router and its allocator of addresses, on a bridge that
 * it sets up. What others ask of it over HTTP, the CNI plugin, `weave` commands, the launch script, are its methods.
 */
export class Weaver extends Actor {
  readonly namespace: NetworkNamespace;
  readonly options: WeaverOptions;
  readonly mesh: MeshRouter;
  readonly router: NetworkRouter;
  readonly allocator: Allocator;
  /** Where frames of the bridge come from. */
  readonly port: BridgePort;
  /** Null where sleeve is all there is. */
  readonly fastdp: FastDatapath | null;
  readonly overlay: OverlaySwitch;
  readonly log: string[] = [];
  /** When the process was started, nanoseconds. */
  readonly startedAt: number;
  private readonly bridgeConfig: BridgeConfig;
  private readonly pcap: PcapPort | null;
  private readonly sleeve: SleeveOverlay;
  private readonly owner: string;
  private httpPorts: HttpPort[] = [];
  private running = false;

  /** Sets up the bridge. @throws Error when one of another type is there; ControlError */
  constructor(options: WeaverOptions) {
    super(options.namespace.network.simulation);
    const { namespace, name, mtu, expectNpc, noMasqLocal } = options;
    this.namespace = namespace;
    this.options = options;
    this.startedAt = this.simulation.now;
    this.owner = `${processId(this)}/weaver`;
    const type = options.datapath === 'fastdp' ? 'bridged_fastdp' : 'bridge';
    this.bridgeConfig = { type, peer: name, mtu, expectNpc, noMasqLocal };
    const iface = ensureBridge(namespace, this.bridgeConfig);
    const context = { current: null };
    const datapath = namespace.datapath(DATAPATH);
    this.fastdp = datapath === undefined ? null : new FastDatapath({ datapath, context });
    this.pcap = this.fastdp === null ? new PcapPort(iface, context) : null;
    this.port = this.fastdp?.bridge ?? this.pcap!;
    this.sleeve = new SleeveOverlay({ namespace, iface, context, owner: this.owner });
    this.overlay = new OverlaySwitch(iface);
    if (this.fastdp !== null) this.overlay.add('fastdp', this.fastdp);
    this.overlay.add('sleeve', this.sleeve);
    this.mesh = this.makeMesh();
    this.router = this.makeRouter(iface);
    this.allocator = this.makeAllocator();
  }

  private makeMesh(): MeshRouter {
    const { owner, overlay } = this;
    const { namespace, name, nickname, password, discovery, connectionLimit } = this.options;
    const log = (line: string) => void this.log.push(line);
    return new MeshRouter({
      ...{ namespace, name, nickname, overlay, owner, log },
      ...{ password: password ?? null, discovery, connectionLimit },
    });
  }

  private makeRouter(iface: Interface): NetworkRouter {
    const { mesh, port, overlay } = this;
    const router = new NetworkRouter({
      ourself: mesh.peers.local,
      peers: mesh.peers,
      routes: mesh.routes,
      connectionTo: (neighbour) =>
        (mesh.connectionTo(neighbour)?.overlayConnection ?? undefined) as OverlayForwarder | undefined,
      overlay,
      bridge: port,
      iface,
    });
    mesh.onPeerRemoved((peer) => router.peerRemoved(peer));
    return router;
  }

  private makeAllocator(): Allocator {
    const { mesh, options } = this;
    const { name, nickname, range, init, persisted } = options;
    const allocator = new Allocator({
      simulation: this.simulation,
      peer: { name, nickname, uid: mesh.peers.local.uid },
      universe: range,
      init,
      quorum: () => this.quorum(),
      isKnownPeer: (peer) => mesh.peers.fetch(peer) !== undefined,
      random: mesh.random('weave_ipam'),
      persisted,
      preClaims: this.addressesInUse(),
    });
    allocator.onOwnedSubnets = (subnets) => this.keepLocalSources(subnets);
    mesh.onPeerRemoved((peer) => allocator.peerGone(peer.name));
    return allocator;
  }

  /** Most of so many peers as were named, or else of this one and its targets (weave `determineQuorum`). */
  private quorum(): number {
    const { init } = this.options;
    const given = init.kind === 'consensus' ? init.peers : 0;
    // a target that turned out to be this very peer has been given up, and is not counted twice
    return quorumOf(given > 0 ? given : this.mesh.connectionMaker.directTargets(true).length + 1);
  }

  /** What the bridge has kept over a restart. */
  private addressesInUse(): { id: string; prefix: Ipv4Prefix }[] {
    const addresses = this.namespace.link(WEAVE_BRIDGE)?.addresses ?? [];
    return addresses.map(({ address, prefixLength }) => {
      return { id: EXPOSE_ID, prefix: { address, length: prefixLength } };
    });
  }

  /** Copies of broadcast and multicast frames that it has sent to other nodes. */
  get broadcastCopies(): number {
    return this.sleeve.sentToGroups + (this.fastdp?.datapath.tunnelledToGroups ?? 0);
  }

  /** Begins to work. @throws ControlError when one of its ports is taken */
  start(): void {
    const { mesh, allocator, options, namespace } = this;
    this.router.start();
    allocator.start(mesh.channel(IPAM_CHANNEL, allocator));
    mesh.start();
    mesh.connect(options.targets);
    this.httpPorts = [
      new HttpPort(namespace, HTTP_ADDRESS, HTTP_PORT, this.owner, mesh.alarms),
      new HttpPort(namespace, 0, METRICS_PORT, this.owner, mesh.alarms),
    ];
    namespace.services.offer(this);
    this.running = true;
    this.simulation.schedule(this, this.simulation.now + RULES_CHECK, 0, 0);
  }

  /** The process is killed: bridge, pods and rules stay. Once is enough. @returns what is in its database */
  stop(): PersistedIpam | null {
    const persisted = this.allocator.persisted();
    if (!this.running) return persisted;
    this.running = false;
    this.namespace.services.withdraw(this);
    for (const port of this.httpPorts.splice(0)) port.close();
    this.allocator.stop();
    this.mesh.stop();
    this.sleeve.close();
    this.fastdp?.close();
    this.pcap?.close();
    return persisted;
  }

  /**
   * Gives the bridge an address, as `weave expose` does.
   * @param subnet that the address is to be of. Default: all of the range
   */
  expose(done: (result: AddressResult) => void, subnet = this.options.range): PendingRequest {
    return this.allocator.allocate(EXPOSE_ID, subnet, (result) => this.exposed(result, done));
  }

  /** The same with a certain address. */
  exposeAddress(address: Ipv4Prefix, done: (result: AddressResult) => void): PendingRequest {
    return this.allocator.claim(EXPOSE_ID, address, (result) => this.exposed(result, done));
  }

  private exposed(result: AddressResult, done: (result: AddressResult) => void): void {
    if (!(result instanceof IpamError)) {
      const cidr = { address: result.address, prefixLength: result.length };
      expose(this.namespace, cidr, this.bridgeConfig);
    }
    done(result);
  }

  /**
   * Takes the bridge's addresses in a subnet from it, as `weave hide` does.
   * @returns which these were
   */
  hide(subnet = this.options.range): readonly Ipv4Prefix[] {
    const addresses = this.allocator.lookup(EXPOSE_ID, subnet);
    for (const { address, length: prefixLength } of addresses) {
      hide(this.namespace, { address, prefixLength }, this.bridgeConfig);
      this.allocator.free(EXPOSE_ID, address);
    }
    return addresses;
  }

  /** Puts a pod on the network as the CNI plugin does it: an address for it, and one for the bridge if it has none. */
  attach(pod: NetworkNamespace, containerId: string, done: (result: AddressResult) => void): PendingRequest {
    const { namespace, allocator, options } = this;
    return allocator.allocate(containerId, options.range, (result) => {
      if (result instanceof IpamError) {
        done(result);
        return;
      }
      const address = { address: result.address, prefixLength: result.length };
      const plug = () => done(this.plug(pod, containerId, address) ?? result);
      if (bridgeAddress(namespace, address) !== undefined) plug();
      else this.expose((exposed) => (exposed instanceof IpamError ? done(exposed) : plug()));
    });
  }

  /** What the kernel refuses (a name that is taken, say) is told, and the address given back. */
  private plug(pod: NetworkNamespace, containerId: string, address: Cidr): IpamError | null {
    try {
      attachPod({ host: this.namespace, pod, containerId, address });
      return null;
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      this.allocator.release(containerId);
      return new IpamError(error.message);
    }
  }

  /** Takes a pod off the network; its address is free at once. */
  detach(pod: NetworkNamespace, containerId: string): void {
    detachPod(pod);
    this.allocator.release(containerId);
  }

  /** The rules are made anew where somebody has flushed them. */
  override handle(): void {
    if (!this.running) return;
    if (!rulesAreThere(this.namespace)) configureRules(this.namespace, this.bridgeConfig);
    this.simulation.schedule(this, this.simulation.now + RULES_CHECK, 0, 0);
  }

  /** Whose traffic from outside keeps its source: pods of this very node. */
  private keepLocalSources(subnets: readonly Ipv4Prefix[]): void {
    if (this.options.noMasqLocal !== true) return;
    const { netfilter } = this.namespace;
    netfilter.flushSet(NO_MASQ_LOCAL_SET);
    for (const { address, length: prefixLength } of subnets) {
      netfilter.addSetEntry(NO_MASQ_LOCAL_SET, { address, prefixLength });
    }
  }
}
