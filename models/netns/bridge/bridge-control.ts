import { ControlError } from '../control-error.ts';
import type { BridgeChange, BridgePortSpec } from '../control-types.ts';
import { JIFFY } from '../time/jiffies.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { DEFAULT_PVID } from './bridge-vlans.ts';
import { TIME_LIMITS, type TreeTimes } from './spanning-tree.ts';
import { PortState } from './spanning-tree-port.ts';
import { VLAN_ID_MAX } from './vlan-control.ts';

/** 01:80:c2:00:00:00 to :02 are never forwarded by wish (Linux BR_GROUPFWD_RESTRICTED). */
const GROUP_FORWARD_RESTRICTED = 0x7;
const PATH_COST_MAX = 0xffff;
const PORT_PRIORITY_MAX = 63;

/** `type bridge ...`, in the kernel's order (Linux `br_changelink`). @throws ControlError ERANGE, EINVAL */
export function applyBridge(bridge: Bridge, change: BridgeChange): void {
  const { vlanDefaultPvid: pvid } = change;
  if (pvid !== undefined && (pvid < 0 || pvid > VLAN_ID_MAX)) throw new ControlError('EINVAL');
  setTime(bridge, 'forwardDelay', change.forwardDelay, change.stp);
  setTime(bridge, 'helloTime', change.helloTime, true);
  setTime(bridge, 'maxAge', change.maxAge, true);
  if (change.ageing !== undefined) bridge.setAgeing(change.ageing);
  if (change.stp !== undefined && (change.stp || bridge.tree !== null)) {
    bridge.spanningTree.setEnabled(change.stp);
  }
  if (change.priority !== undefined) bridge.spanningTree.setPriority(change.priority);
  setVlans(bridge, change);
  if (change.groupForwardMask !== undefined) {
    if ((change.groupForwardMask & GROUP_FORWARD_RESTRICTED) !== 0) throw new ControlError('EINVAL');
    bridge.groupForwardMask = change.groupForwardMask;
  }
  if (change.noLinkLocalLearn !== undefined) bridge.noLinkLocalLearn = change.noLinkLocalLearn;
}

function setVlans(bridge: Bridge, { vlanFiltering, vlanDefaultPvid }: BridgeChange): void {
  if (vlanFiltering !== undefined) bridge.vlanFilter = vlanFiltering ? bridge.vlanMembers : null;
  // a bridge without VLANs is one whose ports are in the default one
  const isChange =
    vlanDefaultPvid !== undefined && (bridge.vlans !== null || vlanDefaultPvid !== DEFAULT_PVID);
  if (isChange) bridge.vlanMembers.setDefaultPvid(vlanDefaultPvid);
}

function setTime(bridge: Bridge, key: keyof TreeTimes, time: number | undefined, limited?: boolean): void {
  if (time === undefined) return;
  const jiffies = Math.round(time / JIFFY);
  const [least, most] = TIME_LIMITS[key];
  const isLimited = key === 'forwardDelay' ? bridge.stp : limited === true;
  if (isLimited && (jiffies < least || jiffies > most)) throw new ControlError('ERANGE');
  bridge.spanningTree.setOwnTime(key, jiffies);
}

/** Flags and spanning tree parameters of a port (Linux `br_setport`). @throws ControlError */
export function applyBridgePort(port: BridgePort, spec: BridgePortSpec): void {
  const { rootBlock, guard, cost, priority, state, ...flags } = spec;
  for (const key of Object.keys(flags) as (keyof typeof flags)[]) setFlag(port, key, flags[key]);
  const { bridge } = port;
  bridge.suppressesArp = bridge.ports.some(({ neighSuppress }) => neighSuppress);
  if (rootBlock !== undefined) treePort(port).rootBlock = rootBlock;
  if (guard !== undefined) treePort(port).guard = guard;
  if (cost !== undefined) {
    if (cost < 1 || cost > PATH_COST_MAX) throw new ControlError('ERANGE');
    bridge.spanningTree.setPathCost(treePort(port), cost);
  }
  if (priority !== undefined) {
    if (priority < 0 || priority > PORT_PRIORITY_MAX) throw new ControlError('ERANGE');
    bridge.spanningTree.setPortPriority(treePort(port), priority);
  }
  if (state !== undefined) setState(port, state);
}

type Flags = Omit<BridgePortSpec, 'rootBlock' | 'guard' | 'cost' | 'priority' | 'state'>;

function setFlag<Key extends keyof Flags>(port: BridgePort, key: Key, value: Flags[Key]): void {
  if (value !== undefined) (port as Flags)[key] = value;
}

function treePort(port: BridgePort): NonNullable<BridgePort['tree']> {
  void port.bridge.spanningTree;
  return port.tree!;
}

/** Linux `br_set_port_state`: only without the kernel's own spanning tree. */
function setState(port: BridgePort, state: NonNullable<BridgePortSpec['state']>): void {
  if (port.bridge.stp) throw new ControlError('EBUSY');
  if (!port.iface.up || (!port.iface.running && state !== 'disabled')) throw new ControlError('ENETDOWN');
  treePort(port).setState(PortState[state]);
  port.bridge.spanningTree.selectPortStates();
}
