import type { MacAddress } from '../../wire/mac-address.ts';
import { ControlError } from '../control-error.ts';
import type { FdbView } from '../control-types.ts';
import { mustFind } from '../interface/link-control.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { type Bridge, LOCAL_PORT } from './bridge.ts';
import { DEFAULT_PVID, type VlanGroup } from './bridge-vlans.ts';
import { FdbFlag } from './forwarding-database.ts';
import { VLAN_ID_MAX } from './vlan-control.ts';

export type FdbMode = 'add' | 'replace' | 'append';

/** An entry as `bridge fdb add` takes it. */
export interface FdbSpec {
  mac: MacAddress;
  /** A bridge port, or a bridge for an address of its own. */
  dev: string;
  /** `static` does not age, `local` is the host itself; without either it is learnt. */
  kind?: 'local' | 'static' | 'dynamic';
  /** Default: every VLAN of the device, and none. */
  vlan?: number;
}

/** The entries of one bridge, or of all, the newest of each first. */
export function fdb(namespace: NetworkNamespace, bridgeName: string | undefined): FdbView[] {
  const views: FdbView[] = [];
  for (const iface of namespace.interfaces()) {
    if (iface.bridge === null || (bridgeName !== undefined && iface.name !== bridgeName)) continue;
    for (const view of viewsOf(iface.bridge)) views.push(view);
  }
  return views;
}

function viewsOf(bridge: Bridge): FdbView[] {
  const { macs, simulation } = bridge.iface.namespace.network;
  const views: (FdbView & { order: number })[] = [];
  bridge.fdb.forEach((place, mac) => {
    const number = bridge.fdb.portAt(place);
    const flags = bridge.fdb.flagsAt(place);
    const age = simulation.now - bridge.fdb.updatedAt(place);
    if (flags === 0 && age > bridge.ageing) return;
    const port = number === LOCAL_PORT ? null : bridge.portNumbered(number);
    views.push({
      mac: macs.address(mac),
      dev: port === null ? bridge.iface.name : port.iface.name,
      ...(port !== null && { master: bridge.iface.name }),
      ...(bridge.fdb.vlanAt(place) !== 0 && { vlan: bridge.fdb.vlanAt(place) }),
      local: (flags & FdbFlag.local) !== 0,
      static: (flags & FdbFlag.static) !== 0,
      age,
      order: bridge.fdb.orderAt(place),
    });
  });
  views.sort((a, b) => b.order - a.order);
  return views.map(({ order: _, ...view }) => view);
}

/** `bridge fdb add|replace|append ... master`. */
export function addFdb(namespace: NetworkNamespace, spec: FdbSpec, mode: FdbMode): void {
  const { bridge, number, group } = findPlace(namespace, spec.dev);
  const mac = namespace.network.macs.intern(spec.mac);
  checkVlan(spec);
  if (spec.vlan !== undefined && !isMember(group, spec.vlan)) throw new ControlError('EINVAL');
  if (spec.kind === 'dynamic' && bridge.portNumbered(number)?.forwarding === false)
    throw new ControlError('EPERM');
  const flags =
    spec.kind === 'local' ? FdbFlag.local | FdbFlag.static : spec.kind === 'static' ? FdbFlag.static : 0;
  for (const vlan of spec.vlan === undefined ? [0, ...(group?.list() ?? [])] : [spec.vlan]) {
    if (mode === 'add' && bridge.fdb.find(mac, vlan) >= 0) throw new ControlError('EEXIST');
    bridge.fdb.set(mac, number, flags, namespace.network.simulation.now, vlan);
  }
}

/** `bridge fdb del ... master`. */
export function deleteFdb(namespace: NetworkNamespace, spec: FdbSpec): void {
  const { bridge, number, group } = findPlace(namespace, spec.dev);
  const mac = namespace.network.macs.intern(spec.mac);
  checkVlan(spec);
  let found = false;
  for (const vlan of spec.vlan === undefined ? [0, ...(group?.list() ?? [])] : [spec.vlan]) {
    const place = bridge.fdb.find(mac, vlan);
    if (place < 0 || bridge.fdb.portAt(place) !== number) continue;
    found = true;
    bridge.fdb.delete(mac, vlan);
  }
  if (!found) throw new ControlError('ENOENT');
}

/** Linux `fdb_vid_parse` */
function checkVlan({ vlan }: FdbSpec): void {
  if (vlan !== undefined && (vlan < 1 || vlan > VLAN_ID_MAX)) {
    throw new ControlError('EINVAL', 'invalid vlan id');
  }
}

/** Where nobody has asked for VLANs, all are in the default one. */
function isMember(group: VlanGroup | null, vlan: number): boolean {
  return group === null ? vlan === DEFAULT_PVID : group.has(vlan);
}

interface Place {
  bridge: Bridge;
  number: number;
  group: VlanGroup | null;
}

function findPlace(namespace: NetworkNamespace, dev: string): Place {
  const iface = mustFind(namespace, dev);
  if (iface.port !== null) {
    return { bridge: iface.port.bridge, number: iface.port.number, group: iface.port.vlans };
  }
  if (iface.bridge !== null) {
    return { bridge: iface.bridge, number: LOCAL_PORT, group: iface.bridge.vlans?.own ?? null };
  }
  throw new ControlError('EOPNOTSUPP');
}
