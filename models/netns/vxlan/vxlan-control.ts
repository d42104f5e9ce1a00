import { DropReason } from '../../drop-reason.ts';
import { ZERO_MAC_ID } from '../../mac-table.ts';
import { type Ipv4Address, isMulticast } from '../../wire/ipv4-address.ts';
import type { MacAddress } from '../../wire/mac-address.ts';
import { LINUX_VXLAN_PORT, VNI_MAX } from '../../wire/vxlan.ts';
import type { FdbMode } from '../bridge/fdb-control.ts';
import { ControlError } from '../control-error.ts';
import type { VxlanFdbView, VxlanSpec, VxlanView } from '../control-types.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { checkSpec, create, DEFAULT_AGEING, DEFAULT_MTU, mustFind } from '../interface/link-control.ts';
import { Nud } from '../neighbour/neighbour.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { Vxlan, type VxlanConfig } from './vxlan.ts';
import { ages, sameRemote, type VxlanEntry, type VxlanRemote } from './vxlan-database.ts';
import { closeVxlanPort } from './vxlan-receive.ts';
import { VXLAN_OVERHEAD } from './vxlan-transmit.ts';

const MTU_MIN = 68;
const MTU_MAX = 65_535;

/** `ip link add ... type vxlan` (Linux `vxlan_newlink`). */
export function addVxlan(namespace: NetworkNamespace, spec: VxlanSpec): Interface {
  checkSpec(namespace, spec);
  const config = configOf(namespace, spec);
  const inUse = (namespace.tunnels?.all ?? []).some(
    ({ config: other }) =>
      other.vni === config.vni && other.port === config.port && other.external === config.external,
  );
  if (inUse) throw new ControlError('EEXIST', 'A VXLAN device with the specified VNI already exists');
  const most = largestMtu(config);
  const mtu = Math.min(spec.mtu ?? (config.lower === null ? DEFAULT_MTU : most), most);
  const iface = create(namespace, InterfaceKind.vxlan, { ...spec, mtu });
  const vxlan = new Vxlan(iface, namespace, config);
  iface.vxlan = vxlan;
  namespace.tunnels ??= { all: [], ports: new Map() };
  namespace.tunnels.all.push(vxlan);
  if (config.remote !== 0) addDefaultEntry(vxlan);
  return iface;
}

function configOf(namespace: NetworkNamespace, spec: VxlanSpec): VxlanConfig {
  const external = spec.external ?? false;
  const vni = spec.vni ?? 0;
  if (vni < 0 || vni > VNI_MAX) throw new ControlError('ERANGE');
  const lower = spec.dev === undefined ? null : mustFind(namespace, spec.dev);
  const remote = spec.remote ?? 0;
  if (isMulticast(remote) && lower === null) {
    throw new ControlError('EINVAL', 'Local interface required for multicast remote destination');
  }
  const [portMin, portMax] = spec.sourcePorts ?? [0, 0];
  return {
    vni,
    port: spec.port === undefined || spec.port === 0 ? LINUX_VXLAN_PORT : spec.port,
    local: spec.local ?? 0,
    remote,
    lower,
    ttl: typeof spec.ttl === 'number' ? spec.ttl : 0,
    ttlInherit: spec.ttl === 'inherit',
    tos: spec.tos === 'inherit' ? 1 : (spec.tos ?? 0),
    df: spec.df ?? 'unset',
    learning: spec.learning ?? !external,
    // there is no switching it off: 0 stands for the default
    ageing: spec.ageing || DEFAULT_AGEING,
    portMin,
    portMax,
    udpChecksum: spec.udpChecksum ?? true,
    external,
  };
}

/** What goes through a tunnel without being cut; one that is bound to no interface does not care. */
export function largestMtu({ lower }: VxlanConfig): number {
  return lower === null ? MTU_MAX : Math.max(lower.mtu - VXLAN_OVERHEAD, MTU_MIN);
}

/** `ip link set ... type vxlan` (Linux `vxlan_changelink`): what is not given stays. */
export function setVxlan(namespace: NetworkNamespace, name: string, change: Partial<VxlanSpec>): void {
  const { vxlan } = mustFind(namespace, name);
  if (vxlan === null) throw new ControlError('EOPNOTSUPP');
  const { config } = vxlan;
  if (change.vni !== undefined && change.vni !== config.vni) {
    throw new ControlError('EOPNOTSUPP', 'Cannot change VNI');
  }
  if (change.port !== undefined && change.port !== config.port) {
    throw new ControlError('EOPNOTSUPP', 'Cannot change port');
  }
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const merged: VxlanSpec = { ...specOf(vxlan), ...given, name };
  const oldRemote = config.remote;
  vxlan.config = configOf(vxlan.underlay, merged);
  vxlan.iface.mtu = Math.min(vxlan.iface.mtu, largestMtu(vxlan.config));
  if (vxlan.config.remote !== oldRemote) replaceDefaultEntry(vxlan, oldRemote, config.lower);
  vxlan.stopAgeing();
  vxlan.watchAgeing();
  namespace.generation++;
}

function specOf({ config }: Vxlan): Partial<VxlanSpec> {
  return {
    ...config,
    ttl: config.ttlInherit ? 'inherit' : config.ttl,
    sourcePorts: [config.portMin, config.portMax],
    dev: config.lower?.name,
  };
}

function defaultRemote({ config }: Vxlan, address: Ipv4Address, lower: Interface | null): VxlanRemote {
  return { address, port: config.port, vni: config.vni, via: lower };
}

function addDefaultEntry(vxlan: Vxlan): void {
  const { config } = vxlan;
  const remote = defaultRemote(vxlan, config.remote, config.lower);
  insert(vxlan, ZERO_MAC_ID, vxlan.keyVni(config.vni), Nud.permanent | Nud.reachable, remote);
}

function replaceDefaultEntry(vxlan: Vxlan, old: Ipv4Address, lower: Interface | null): void {
  const entry = vxlan.fdb.find(ZERO_MAC_ID, vxlan.keyVni(vxlan.config.vni));
  if (entry !== undefined && old !== 0) removeRemote(vxlan, entry, defaultRemote(vxlan, old, lower));
  if (vxlan.config.remote === 0) return;
  const left = vxlan.fdb.find(ZERO_MAC_ID, vxlan.keyVni(vxlan.config.vni));
  if (left === undefined) addDefaultEntry(vxlan);
  else left.remotes.push(defaultRemote(vxlan, vxlan.config.remote, vxlan.config.lower));
}

/** Follows the interface up and down (Linux `vxlan_open`, `vxlan_stop`). */
export function vxlanStateChanged(vxlan: Vxlan): void {
  if (vxlan.iface.up) {
    vxlan.startAgeing();
    return;
  }
  vxlan.stopAgeing();
  closeVxlanPort(vxlan);
  for (const entry of vxlan.fdb.list()) if (ages(entry)) vxlan.fdb.delete(entry);
}

/** The interface is no more. */
export function forgetVxlan(vxlan: Vxlan): void {
  const { iface, underlay, cell } = vxlan;
  const { all } = underlay.tunnels!;
  const place = all.indexOf(vxlan);
  // it has gone with another interface already
  if (place < 0) return;
  all.splice(place, 1);
  for (const packet of cell.splice(0)) iface.namespace.network.drop(packet, DropReason.deviceGone, iface);
}

/** VXLAN interfaces bound to an interface: they go when it goes (Linux `vxlan_handle_lowerdev_unregister`). */
export function tunnelsOver(lower: Interface): Interface[] {
  return (lower.namespace.tunnels?.all ?? [])
    .filter(({ config }) => config.lower === lower)
    .map(({ iface }) => iface);
}

export function vxlanView({ config }: Vxlan): VxlanView {
  return {
    vni: config.vni,
    port: config.port,
    ...(config.local !== 0 && { local: config.local }),
    ...(config.remote !== 0 && { remote: config.remote }),
    ...(config.lower !== null && { dev: config.lower.name }),
    ttl: config.ttlInherit ? 'inherit' : config.ttl,
    tos: config.tos === 1 ? 'inherit' : config.tos,
    df: config.df,
    learning: config.learning,
    ageing: config.ageing,
    sourcePorts: [config.portMin, config.portMax],
    udpChecksum: config.udpChecksum,
    external: config.external,
  };
}

/** An entry as `bridge fdb add ... self` takes it for a VXLAN interface. */
export interface VxlanFdbSpec {
  mac: MacAddress;
  dev: string;
  /** The endpoint. */
  remote?: Ipv4Address;
  /** Default that of the interface. */
  port?: number;
  /** Default that of the interface. */
  vni?: number;
  /** The VNI that the entry holds in, for an interface under external control. */
  sourceVni?: number;
  via?: string;
  /** Bits of NUD_*: noarp and reachable for static, permanent and noarp, or reachable for one that ages. */
  state: number;
}

/** The entries, the newest first, one view for each remote. */
export function vxlanFdb(namespace: NetworkNamespace, dev: string): VxlanFdbView[] {
  const { vxlan } = mustFind(namespace, dev);
  if (vxlan === null) throw new ControlError('EOPNOTSUPP');
  const { macs, simulation } = namespace.network;
  const { config } = vxlan;
  return vxlan.fdb.list().flatMap((entry) =>
    entry.remotes.map((remote) => ({
      mac: macs.address(entry.mac),
      dev,
      ...(remote.address !== 0 && { remote: remote.address }),
      ...(remote.port !== config.port && { port: remote.port }),
      ...(remote.vni !== config.vni && { vni: remote.vni }),
      ...(config.external && entry.sourceVni !== 0 && { sourceVni: entry.sourceVni }),
      ...(remote.via !== null && { via: remote.via.name }),
      state: entry.state,
      used: simulation.now - entry.used,
      updated: simulation.now - entry.updated,
    })),
  );
}

/** `bridge fdb add|append|replace ... self` (Linux `vxlan_fdb_add`, `vxlan_fdb_update`). */
export function addVxlanFdb(namespace: NetworkNamespace, spec: VxlanFdbSpec, mode: FdbMode): void {
  const vxlan = mustBeVxlan(namespace, spec.dev);
  if ((spec.state & (Nud.permanent | Nud.reachable)) === 0) throw new ControlError('EINVAL');
  const remote = remoteOf(vxlan, spec);
  const mac = namespace.network.macs.intern(spec.mac);
  const isFlood = mac === ZERO_MAC_ID || namespace.network.macs.isGroup(mac);
  const key = vxlan.keyVni(spec.sourceVni ?? vxlan.config.vni);
  const entry = vxlan.fdb.find(mac, key);
  if (entry === undefined) {
    if (mode === 'replace' && isFlood) throw new ControlError('EOPNOTSUPP');
    insert(vxlan, mac, key, spec.state, remote);
    return;
  }
  if (mode === 'add') throw new ControlError('EEXIST');
  if (mode === 'replace' && isFlood) {
    throw new ControlError('EOPNOTSUPP', 'Cannot replace non-unicast fdb entries');
  }
  entry.state = spec.state;
  entry.updated = namespace.network.simulation.now;
  if (mode === 'replace') entry.remotes[0] = remote;
  else if (isFlood && !entry.remotes.some((other) => sameRemote(other, remote))) entry.remotes.push(remote);
  vxlan.watchAgeing();
}

function insert(vxlan: Vxlan, mac: number, sourceVni: number, state: number, remote: VxlanRemote): void {
  const { now } = vxlan.iface.namespace.network.simulation;
  // without an endpoint there is nothing that it could say
  if (remote.address === 0) throw new ControlError('EINVAL');
  vxlan.fdb.add({ mac, sourceVni, state, remotes: [remote], updated: now, used: now });
  vxlan.watchAgeing();
}

/** `bridge fdb del ... self` (Linux `vxlan_fdb_delete`): one remote, or the entry when it is the last or none is named. */
export function deleteVxlanFdb(namespace: NetworkNamespace, spec: VxlanFdbSpec): void {
  const vxlan = mustBeVxlan(namespace, spec.dev);
  const mac = namespace.network.macs.intern(spec.mac);
  const entry = vxlan.fdb.find(mac, vxlan.keyVni(spec.sourceVni ?? vxlan.config.vni));
  if (entry === undefined) throw new ControlError('ENOENT');
  const remote = remoteOf(vxlan, spec);
  if (remote.address === 0) vxlan.fdb.delete(entry);
  else if (!removeRemote(vxlan, entry, remote)) throw new ControlError('ENOENT');
}

function removeRemote(vxlan: Vxlan, entry: VxlanEntry, remote: VxlanRemote): boolean {
  const place = entry.remotes.findIndex((other) => sameRemote(other, remote));
  if (place < 0) return false;
  if (entry.remotes.length === 1) vxlan.fdb.delete(entry);
  else entry.remotes.splice(place, 1);
  return true;
}

function mustBeVxlan(namespace: NetworkNamespace, dev: string): Vxlan {
  const { vxlan } = mustFind(namespace, dev);
  if (vxlan === null) throw new ControlError('EOPNOTSUPP');
  return vxlan;
}

function remoteOf(vxlan: Vxlan, spec: VxlanFdbSpec): VxlanRemote {
  const { config, underlay } = vxlan;
  const via = spec.via === undefined ? null : mustFind(underlay, spec.via);
  return { address: spec.remote ?? 0, port: spec.port ?? config.port, vni: spec.vni ?? config.vni, via };
}
