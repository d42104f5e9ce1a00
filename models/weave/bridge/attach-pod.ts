import { Actor } from '../../../engine/actor.ts';
import { ControlError } from '../../netns/control-error.ts';
import type { RouteSpec } from '../../netns/control-types.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { type Cidr, WEAVE_BRIDGE } from './bridge-config.ts';
import { configureArpCache } from './ensure-bridge.ts';
import { addAddress, bridgeAddress, sendGratuitousArp } from './expose.ts';
import { appendUnique, MULTICAST, subnetOf } from './rules.ts';

/** Characters of a container's id that stand in the names of its interfaces. */
const ID_LENGTH = 7;
/** A shorter id is replaced by random digits. */
const ID_LENGTH_MIN = 5;
/** Nanoseconds from the interface's coming up to the announcement of its address. */
const ANNOUNCE_DELAY = 1e6;

/** A pod that is to be on the network of its host. */
export interface PodAttachment {
  readonly host: NetworkNamespace;
  readonly pod: NetworkNamespace;
  readonly containerId: string;
  readonly address: Cidr;
  /** Default: eth0. */
  readonly interfaceName?: string;
  /** Default: the bridge's address in the subnet. */
  readonly gateway?: Ipv4Address;
  /** Default: the bridge's. */
  readonly mtu?: number;
  /** What a pod sends to itself, by a service, comes back to it. Default true. */
  readonly hairpin?: boolean;
  /** Default: a default route by the gateway. */
  readonly routes?: readonly { readonly destination: Cidr; readonly gateway?: Ipv4Address }[];
}

/** What has become of it. */
export interface AttachedPod {
  /** Name of the host's end of the pair. */
  readonly hostInterface: string;
  readonly gateway: Ipv4Address;
}

/**
 * Plugs a pod into the bridge as the CNI plugin `weave-net` does it (weave `plugin/net/cni.go`, `net/veth.go`). Its
 * address is the caller's to allocate.
 * @throws Error without a bridge, or without an address on it and no gateway given; ControlError
 */
export function attachPod(attachment: PodAttachment): AttachedPod {
  const { host, pod, address, interfaceName = 'eth0', hairpin = true } = attachment;
  const bridge = host.link(WEAVE_BRIDGE);
  if (bridge === undefined) throw new Error(`bridge "${WEAVE_BRIDGE}" not present; did you launch weave?`);
  const gateway = attachment.gateway ?? bridgeAddress(host, address);
  if (gateway === undefined) throw new Error('Bridge has no IP address');
  const id = interfaceId(attachment);
  const hostInterface = `vethwepl${id}`;
  const guest = `vethwepg${id}`;
  const mtu = attachment.mtu ?? bridge.mtu;
  host.addVeth({ name: hostInterface, mtu, peer: { name: guest, mtu } });
  try {
    host.setMaster(hostInterface, WEAVE_BRIDGE);
    if (hairpin) host.setBridgePort(hostInterface, { hairpin: true });
    host.moveLink(guest, pod);
    pod.renameLink(guest, interfaceName);
    host.setLinkUp(hostInterface, true);
    setUpGuest(pod, interfaceName, address);
    addRoutes(attachment, interfaceName, gateway);
  } catch (error) {
    host.deleteLink(hostInterface);
    throw error;
  }
  return { hostInterface, gateway };
}

/** Unplugs a pod. What is not there any more is no error. */
export function detachPod(pod: NetworkNamespace, interfaceName = 'eth0'): void {
  if (pod.findInterface(interfaceName) !== undefined) pod.deleteLink(interfaceName);
}

function interfaceId({ containerId, pod }: PodAttachment): string {
  if (containerId.length >= ID_LENGTH_MIN) return containerId.slice(0, ID_LENGTH);
  const draws = pod.network.random.stream('weave_interface', pod.name);
  return Array.from({ length: ID_LENGTH }, () => draws.integer(0, 15).toString(16)).join('');
}

function setUpGuest(pod: NetworkNamespace, dev: string, address: Cidr): void {
  configureArpCache(pod, dev);
  guardMulticast(pod, dev, address);
  addAddress(pod, dev, address);
  pod.setLinkUp(dev, true);
  new Announcement(pod, dev, address.address);
}

/** Groups are for the pods of the subnet alone. */
function guardMulticast(pod: NetworkNamespace, dev: string, address: Cidr): void {
  const inInterface = { name: dev };
  appendUnique(pod, 'filter', 'INPUT', {
    source: subnetOf(address),
    destination: MULTICAST,
    inInterface,
    target: { target: 'ACCEPT' },
  });
  appendUnique(pod, 'filter', 'INPUT', { destination: MULTICAST, inInterface, target: { target: 'DROP' } });
}

function addRoutes({ pod, address, routes }: PodAttachment, dev: string, gateway: Ipv4Address): void {
  const isOnLink = ((gateway ^ address.address) & prefixMask(address.prefixLength)) === 0;
  if (routes === undefined && !isOnLink) {
    addRoute(pod, { destination: gateway, prefixLength: 32, nexthops: [{ dev }] });
  }
  const everything = { destination: { address: 0, prefixLength: 0 } };
  for (const route of routes ?? [everything]) {
    const { address: destination, prefixLength } = route.destination;
    const by = ('gateway' in route ? route.gateway : undefined) ?? gateway;
    addRoute(pod, { destination, prefixLength, nexthops: [{ gateway: by, dev }] });
  }
}

/** A route that is there already will do. */
function addRoute(pod: NetworkNamespace, route: RouteSpec): void {
  try {
    pod.addRoute(route);
  } catch (error) {
    if (!(error instanceof ControlError) || error.errno !== 'EEXIST') throw error;
  }
}

/** The gratuitous ARP of a new pod, for which the plugin waits a moment. */
class Announcement extends Actor {
  constructor(
    private readonly pod: NetworkNamespace,
    private readonly dev: string,
    private readonly address: Ipv4Address,
  ) {
    super(pod.network.simulation);
    this.simulation.schedule(this, this.simulation.now + ANNOUNCE_DELAY, 0, 0);
  }

  override handle(): void {
    const iface = this.pod.findInterface(this.dev);
    if (iface?.up === true) sendGratuitousArp(iface, this.address);
  }
}
