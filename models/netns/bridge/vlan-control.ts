import { ControlError } from '../control-error.ts';
import type { VlanMemberView } from '../control-types.ts';
import { mustFind } from '../interface/link-control.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { Bridge, BridgePort } from './bridge.ts';

/** The last VLAN identifier, 4,095, is reserved (IEEE 802.1Q). */
export const VLAN_ID_MAX = 4094;

/** VLANs of a bridge port as `bridge vlan add` takes them. */
export interface VlanSpec {
  /** A bridge port; with `self` a bridge. */
  dev: string;
  /** 1 to 4094. */
  vlan: number;
  /** End of a range that starts with `vlan`. */
  last?: number;
  /** Untagged frames that come in belong to it. Not with a range. */
  pvid?: boolean;
  /** Its frames leave without a tag. */
  untagged?: boolean;
  /** The device itself, which has to be a bridge. */
  self?: boolean;
  /** The bridge that the device is a port of: what is meant without `self`. */
  master?: boolean;
}

/** `bridge vlan add` @throws ControlError EINVAL, EOPNOTSUPP */
export function addVlan(namespace: NetworkNamespace, spec: VlanSpec): void {
  const flags = { pvid: spec.pvid ?? false, untagged: spec.untagged ?? false };
  change(namespace, spec, (bridge, port, vlan) => bridge.vlanMembers.add(port, vlan, flags));
}

/** `bridge vlan del`: what is not there does not matter. @throws ControlError EINVAL, EOPNOTSUPP */
export function deleteVlan(namespace: NetworkNamespace, spec: VlanSpec): void {
  change(namespace, spec, (bridge, port, vlan) => bridge.vlanMembers.delete(port, vlan));
}

type Action = (bridge: Bridge, port: BridgePort | null, vlan: number) => void;

/** Linux `rtnl_bridge_setlink`: first the master, then the device itself. */
function change(namespace: NetworkNamespace, spec: VlanSpec, action: Action): void {
  const iface = mustFind(namespace, spec.dev);
  if (spec.master || !spec.self) {
    if (iface.port === null) throw new ControlError('EOPNOTSUPP');
    forRange(spec, iface.port.bridge, iface.port, action);
  }
  if (spec.self) {
    if (iface.bridge === null) throw new ControlError('EOPNOTSUPP');
    forRange(spec, iface.bridge, null, action);
  }
}

function forRange(spec: VlanSpec, bridge: Bridge, port: BridgePort | null, action: Action): void {
  const { vlan, last = vlan } = spec;
  for (const id of [vlan, last]) {
    if (id < 1 || id > VLAN_ID_MAX) throw new ControlError('EINVAL', 'bridge: Vlan id is invalid');
  }
  if (last !== vlan && spec.pvid) throw new ControlError('EINVAL', "bridge: Pvid isn't allowed in a range");
  if (last < vlan) {
    throw new ControlError('EINVAL', 'bridge: End vlan id is less than or equal to start vlan id');
  }
  for (let id = vlan; id <= last; id++) action(bridge, port, id);
}

/** The bridges and their ports that are members of any VLAN, by interface index. */
export function vlans(namespace: NetworkNamespace): VlanMemberView[] {
  const views: VlanMemberView[] = [];
  for (const { name, bridge, port } of namespace.interfaces()) {
    const owner = bridge ?? port?.bridge;
    if (owner === undefined) continue;
    // until somebody asks for another, all are in the default VLAN
    const group = owner.vlans === null ? null : bridge === null ? port!.vlans : owner.vlans.own;
    const list =
      group === null
        ? [{ vlan: 1, pvid: true, untagged: true }]
        : group.list().map((vlan) => ({ vlan, pvid: vlan === group.pvid, untagged: group.untags(vlan) }));
    if (list.length > 0) views.push({ dev: name, vlans: list });
  }
  return views;
}
