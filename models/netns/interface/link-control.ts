import { Cable, type CableSpec } from '../../link/cable.ts';
import { ZERO_MAC_ID } from '../../mac-table.ts';
import type { MacAddress } from '../../wire/mac-address.ts';
import { isGroupMac } from '../../wire/mac-address.ts';
import { Bridge, LOCAL_PORT } from '../bridge/bridge.ts';
import { applyBridge, applyBridgePort } from '../bridge/bridge-control.ts';
import { ControlError } from '../control-error.ts';
import {
  type BridgeChange,
  type BridgePortSpec,
  type BridgeSpec,
  type LinkSpec,
  Scope,
  type VethSpec,
} from '../control-types.ts';
import { addRoutesOf } from '../ipv4/address-routes.ts';
import { announceAddresses } from '../neighbour/gratuitous-arp.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { detachVport, forgetDatapath } from '../openvswitch/datapath-control.ts';
import { forgetVxlan, largestMtu, tunnelsOver } from '../vxlan/vxlan-control.ts';
import { Interface, InterfaceKind } from './interface.ts';
import { flushNeighbours, otherEnd, setAdminState, updateCarrier, updatePort } from './link-state.ts';

export const DEFAULT_MTU = 1500;
export const LOOPBACK_MTU = 65_536;
/** Linux forgets bridge addresses after 300 s. */
export const DEFAULT_AGEING = 300e9;
/** IFNAMSIZ less the terminating zero. */
const NAME_LENGTH_MAX = 15;
const MTU_MIN = 68;
const MTU_MAX = 65_535;

/** Every namespace is born with a loopback interface that is down; the namespace takes it in when it is asked for. */
export function newLoopback(namespace: NetworkNamespace, id: number): Interface {
  return new Interface(id, InterfaceKind.loopback, namespace, 'lo', 0, LOOPBACK_MTU);
}

export function addBridge(namespace: NetworkNamespace, spec: BridgeSpec): Interface {
  checkSpec(namespace, spec);
  const iface = create(namespace, InterfaceKind.bridge, spec);
  iface.bridge = new Bridge(iface, spec.ageing ?? DEFAULT_AGEING, spec.mac !== undefined);
  iface.bridge.portStateSelected = spec.mac !== undefined;
  try {
    applyBridge(iface.bridge, spec);
  } catch (error) {
    destroyInterface(iface);
    throw error;
  }
  return iface;
}

export function addVeth(namespace: NetworkNamespace, spec: VethSpec): Interface {
  const peerNamespace = spec.peer.namespace ?? namespace;
  checkSpec(namespace, spec);
  checkSpec(peerNamespace, spec.peer);
  if (peerNamespace === namespace && spec.name === spec.peer.name) throw new ControlError('EEXIST');
  // the kernel registers the peer first, so that it gets the lower index
  const peer = create(peerNamespace, InterfaceKind.veth, spec.peer);
  const iface = create(namespace, InterfaceKind.veth, spec);
  iface.peer = peer;
  peer.peer = iface;
  return iface;
}

export function addPhysical(namespace: NetworkNamespace, spec: LinkSpec): Interface {
  checkSpec(namespace, spec);
  return create(namespace, InterfaceKind.physical, spec);
}

/** Plugs a cable into two physical interfaces. */
export function connect(a: Interface, b: Interface, spec: CableSpec, reverse?: CableSpec): Cable {
  for (const end of [a, b]) {
    if (end.kind !== InterfaceKind.physical || end.cable !== null) throw new ControlError('EBUSY');
  }
  const cable = new Cable(a.namespace.network, a, b, spec, reverse);
  updateCarrier(a);
  updateCarrier(b);
  return cable;
}

/** Cuts a cable or mends it; both ends notice. */
export function setCable(cable: Cable, up: boolean): void {
  cable.setUp(up);
  updateCarrier(cable.forward.from);
  updateCarrier(cable.forward.to);
}

export function create(namespace: NetworkNamespace, kind: InterfaceKind, spec: LinkSpec): Interface {
  const network = namespace.network;
  const mac = spec.mac ?? drawMac(namespace, spec.name);
  const id = network.nextInterfaceId();
  const mtu = spec.mtu ?? DEFAULT_MTU;
  const iface = new Interface(id, kind, namespace, spec.name, network.macs.intern(mac), mtu);
  namespace.attach(iface, spec.index);
  return iface;
}

/** Linux `eth_random_addr`: locally administered, not a group. */
function drawMac(namespace: NetworkNamespace, name: string): MacAddress {
  const draws = namespace.network.random.stream('mac', `${namespace.name}:${name}`);
  const first = (draws.integer(0, 255) & 0xfe) | 0x02;
  return first * 2 ** 40 + draws.integer(0, 2 ** 20 - 1) * 2 ** 20 + draws.integer(0, 2 ** 20 - 1);
}

export function checkSpec(namespace: NetworkNamespace, spec: LinkSpec): void {
  checkName(namespace, spec.name);
  if (spec.mac !== undefined) checkMac(spec.mac);
  if (spec.mtu !== undefined) checkMtu(spec.mtu);
  if (spec.index !== undefined && namespace.hasIndex(spec.index)) throw new ControlError('EEXIST');
}

function checkName(namespace: NetworkNamespace, name: string): void {
  if (
    name.length === 0 ||
    name.length > NAME_LENGTH_MAX ||
    /[/:\s]/.test(name) ||
    name === '.' ||
    name === '..'
  ) {
    throw new ControlError('EINVAL');
  }
  if (namespace.findInterface(name) !== undefined) throw new ControlError('EEXIST');
}

function checkMac(mac: MacAddress): void {
  if (isGroupMac(mac) || mac === 0) throw new ControlError('EADDRNOTAVAIL');
}

function checkMtu(mtu: number): void {
  if (mtu < MTU_MIN) throw new ControlError('EINVAL', 'mtu less than device minimum');
  if (mtu > MTU_MAX) throw new ControlError('EINVAL', 'mtu greater than device maximum');
}

/** @throws ControlError ENODEV */
export function mustFind(namespace: NetworkNamespace, name: string): Interface {
  const iface = namespace.findInterface(name);
  if (iface === undefined) throw new ControlError('ENODEV');
  return iface;
}

const DELETABLE: readonly InterfaceKind[] = [InterfaceKind.veth, InterfaceKind.bridge, InterfaceKind.vxlan];

export function deleteLink(namespace: NetworkNamespace, name: string): void {
  const iface = mustFind(namespace, name);
  if (DELETABLE.every((kind) => kind !== iface.kind)) {
    throw new ControlError('EOPNOTSUPP');
  }
  destroyInterface(iface);
}

/** Takes an interface away, and the other end of its veth pair with it. */
export function destroyInterface(iface: Interface): void {
  const peer = iface.peer;
  remove(iface);
  if (peer !== null) {
    peer.peer = null;
    iface.peer = null;
    remove(peer);
  }
}

function remove(iface: Interface): void {
  setAdminState(iface, false);
  for (const port of [...(iface.bridge?.ports ?? [])]) release(port.iface);
  if (iface.port !== null) release(iface);
  if (iface.kind === InterfaceKind.openvswitch) forgetDatapath(iface.vport!.datapath);
  else if (iface.vport !== null) detachVport(iface.vport);
  if (iface.hasRoutes) iface.namespace.fib.interfaceRemoved(iface);
  flushNeighbours(iface, true);
  iface.namespace.detach(iface);
  if (iface.vxlan !== null) forgetVxlan(iface.vxlan);
  for (const tunnel of tunnelsOver(iface)) remove(tunnel);
}

export function setLinkUp(namespace: NetworkNamespace, name: string, up: boolean): void {
  const iface = mustFind(namespace, name);
  if (up && iface.kind === InterfaceKind.loopback && iface.addresses.length === 0) addLoopbackAddress(iface);
  setAdminState(iface, up);
  for (const port of iface.bridge?.ports ?? []) updatePort(port);
}

/** Linux `inetdev_event`: lo gets 127.0.0.1/8 when it comes up. */
function addLoopbackAddress(iface: Interface): void {
  iface.addresses = [
    {
      address: 0x7f000001,
      prefixLength: 8,
      broadcast: undefined,
      scope: Scope.host,
      label: 'lo',
      secondary: false,
    },
  ];
  addRoutesOf(iface, iface.addresses[0]);
}

export function setMaster(namespace: NetworkNamespace, name: string, bridgeName: string | undefined): void {
  const iface = mustFind(namespace, name);
  // a datapath has no way to be asked for a port of it
  if (iface.vport !== null) throw new ControlError('EOPNOTSUPP');
  if (bridgeName === undefined) {
    if (iface.port !== null) release(iface);
    return;
  }
  const master = mustFind(namespace, bridgeName);
  if (master.bridge === null) throw new ControlError('EOPNOTSUPP');
  if (iface === master || iface.bridge !== null) {
    throw new ControlError('ELOOP', 'Can not enslave a bridge to a bridge');
  }
  if (iface.kind === InterfaceKind.loopback) throw new ControlError('EINVAL');
  if (iface.port !== null) {
    if (iface.port.bridge === master.bridge) return;
    release(iface);
  }
  const port = master.bridge.addPort(iface);
  adoptNewPort(master.bridge, iface);
  updatePort(port);
  updateCarrier(master);
}

function release(iface: Interface): void {
  const port = iface.port!;
  const bridge = port.bridge;
  bridge.removePort(port);
  adoptLowestMac(bridge);
  adoptLowestMtu(bridge);
  iface.namespace.generation++;
  updateCarrier(bridge.iface);
}

/** The same as looking at all ports again, of which there may be a thousand. */
function adoptNewPort(bridge: Bridge, added: Interface): void {
  const [own, { macs }] = [bridge.iface, bridge.iface.namespace.network];
  const first = bridge.ports.length === 1;
  if (!bridge.macIsFixed && (first || macs.address(added.mac) < macs.address(own.mac)))
    changeMac(own, added.mac);
  if (!bridge.mtuIsFixed && (first || added.mtu < own.mtu)) own.mtu = added.mtu;
}

/**
 * A bridge whose address the user has not set takes the lowest one of its ports, all zeros when it has lost the last
 * one (Linux `br_stp_recalculate_bridge_id`).
 */
function adoptLowestMac(bridge: Bridge): void {
  if (bridge.macIsFixed) return;
  const { macs } = bridge.iface.namespace.network;
  const lowest = bridge.ports.reduce(
    (least, { iface }) => Math.min(least, macs.address(iface.mac)),
    Infinity,
  );
  changeMac(bridge.iface, bridge.ports.length === 0 ? ZERO_MAC_ID : macs.intern(lowest));
}

/** A bridge whose MTU the user has not set follows the smallest of its ports (Linux `br_mtu_auto_adjust`). */
function adoptLowestMtu(bridge: Bridge): void {
  if (bridge.mtuIsFixed) return;
  const smallest = bridge.ports.reduce((least, { iface }) => Math.min(least, iface.mtu), Infinity);
  bridge.iface.mtu = bridge.ports.length === 0 ? DEFAULT_MTU : smallest;
}

export function setMtu(namespace: NetworkNamespace, name: string, mtu: number): void {
  const iface = mustFind(namespace, name);
  if (iface.kind !== InterfaceKind.loopback) checkMtu(mtu);
  if (iface.vxlan !== null && mtu > largestMtu(iface.vxlan.config)) throw new ControlError('EINVAL');
  iface.mtu = mtu;
  const other = otherEnd(iface);
  if (other !== null) other.namespace.generation++;
  if (iface.bridge !== null) iface.bridge.mtuIsFixed = true;
  namespace.generation++;
  if (iface.port !== null) adoptLowestMtu(iface.port.bridge);
}

export function setMac(namespace: NetworkNamespace, name: string, mac: MacAddress): void {
  const iface = mustFind(namespace, name);
  checkMac(mac);
  if (iface.bridge !== null) {
    iface.bridge.macIsFixed = true;
    iface.bridge.portStateSelected = true;
    updateCarrier(iface);
  }
  changeMac(iface, namespace.network.macs.intern(mac));
  // on an interface that is down the announcement is dropped, and counted
  announceAddresses(iface);
}

function changeMac(iface: Interface, mac: number): void {
  const old = iface.mac;
  if (old === mac) return;
  iface.mac = mac;
  iface.namespace.generation++;
  // Linux neigh_changeaddr: permanent entries go as well
  flushNeighbours(iface, true);
  iface.bridge?.replaceLocal(old, mac, LOCAL_PORT);
  iface.bridge?.tree?.bridgeMacChanged();
  if (iface.port !== null) {
    iface.port.bridge.replaceLocal(old, mac, iface.port.number);
    adoptLowestMac(iface.port.bridge);
  }
}

export function renameLink(namespace: NetworkNamespace, name: string, newName: string): void {
  const iface = mustFind(namespace, name);
  checkName(namespace, newName);
  for (const address of iface.addresses) if (address.label === iface.name) address.label = newName;
  iface.name = newName;
  iface.namespace.forgetNames();
}

const IMMOVABLE: readonly InterfaceKind[] = [
  InterfaceKind.loopback,
  InterfaceKind.bridge,
  InterfaceKind.openvswitch,
];

/** `ip link set X netns Y`: the interface arrives there down, without addresses (Linux `dev_change_net_namespace`). */
export function moveLink(namespace: NetworkNamespace, name: string, to: NetworkNamespace): void {
  const iface = mustFind(namespace, name);
  if (IMMOVABLE.includes(iface.kind)) {
    throw new ControlError('EINVAL', 'The interface netns is immutable');
  }
  if (to === namespace) return;
  if (to.findInterface(name) !== undefined) {
    throw new ControlError('EEXIST', 'An interface with the same name exists in the target netns');
  }
  if (iface.port !== null) release(iface);
  if (iface.vport !== null) detachVport(iface.vport);
  setAdminState(iface, false);
  if (iface.hasRoutes) namespace.fib.interfaceRemoved(iface);
  iface.addresses = [];
  flushNeighbours(iface, true);
  namespace.detach(iface);
  iface.everUp = false;
  to.attach(iface, iface.index);
  iface.config = to.configDefault;
  iface.ownConfig = null;
  iface.neighbourConfig = to.neighbourDefault;
  iface.followsDefaults = true;
  const other = otherEnd(iface);
  if (other !== null) updateCarrier(other);
}

export function setBridge(namespace: NetworkNamespace, name: string, change: BridgeChange): void {
  const { bridge } = mustFind(namespace, name);
  if (bridge === null) throw new ControlError('EOPNOTSUPP');
  applyBridge(bridge, change);
  namespace.generation++;
}

export function setBridgePort(namespace: NetworkNamespace, name: string, spec: BridgePortSpec): void {
  const { port } = mustFind(namespace, name);
  if (port === null) throw new ControlError('EINVAL');
  applyBridgePort(port, spec);
  namespace.generation++;
}
