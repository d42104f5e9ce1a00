import type { BridgePortStateName, BridgePortView, BridgeView } from '../control-types.ts';
import { JIFFY } from '../time/jiffies.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { DEFAULT_PRIORITY, DEFAULT_TIMES, type TreeTimes } from './spanning-tree.ts';
import { DEFAULT_PORT_PRIORITY, defaultPathCost, PortState } from './spanning-tree-port.ts';

/** A bridge as `ip -d link` shows it. */
export function bridgeView(bridge: Bridge): BridgeView {
  const { tree } = bridge;
  const mac = bridge.iface.namespace.network.macs.address(bridge.iface.mac);
  const id = tree?.id ?? { priority: DEFAULT_PRIORITY, mac };
  return {
    // the kernel shows twice the delay that addresses live for
    ageing: bridge.ageing === bridge.ageingTime ? bridge.ageingTime : 2 * bridge.ageing,
    stp: bridge.stp,
    ...inNanoseconds(tree?.times ?? DEFAULT_TIMES),
    priority: id.priority,
    id,
    root: tree?.designatedRoot ?? id,
    rootPort: tree?.rootPort ?? 0,
    rootPathCost: tree?.rootPathCost ?? 0,
    topologyChange: tree?.topologyChange ?? false,
    topologyChangeDetected: tree?.topologyChangeDetected ?? false,
    helloTimer: tree?.helloTimer.remaining ?? 0,
    tcnTimer: tree?.tcnTimer.remaining ?? 0,
    topologyChangeTimer: tree?.topologyChangeTimer.remaining ?? 0,
    groupForwardMask: bridge.groupForwardMask,
    noLinkLocalLearn: bridge.noLinkLocalLearn,
    ...(bridge.vlans !== null && {
      vlans: { filtering: bridge.vlanFilter !== null, defaultPvid: bridge.vlans.defaultPvid },
    }),
  };
}

function inNanoseconds({ forwardDelay, helloTime, maxAge }: TreeTimes): TreeTimes {
  return { forwardDelay: forwardDelay * JIFFY, helloTime: helloTime * JIFFY, maxAge: maxAge * JIFFY };
}

const STATES = Object.fromEntries(
  Object.entries(PortState).map(([name, number]) => [number, name]),
) as Record<number, BridgePortStateName>;

/** A port as `bridge link` and `ip -d link` show it. */
export function bridgePortView(port: BridgePort): BridgePortView {
  const { bridge, tree, number } = port;
  const { learning, flood, multicastFlood, broadcastFlood, hairpin, isolated } = port;
  const { id, root } = bridgeView(bridge);
  const portId = tree?.id ?? (DEFAULT_PORT_PRIORITY << 10) | number;
  return {
    learning,
    flood,
    multicastFlood,
    broadcastFlood,
    hairpin,
    isolated,
    neighSuppress: port.neighSuppress,
    groupForwardMask: port.groupForwardMask,
    rootBlock: tree?.rootBlock ?? false,
    guard: tree?.guard ?? false,
    cost: tree?.pathCost ?? defaultPathCost(port.iface),
    priority: tree?.priority ?? DEFAULT_PORT_PRIORITY,
    state: STATES[tree?.state ?? (port.forwarding ? PortState.forwarding : PortState.disabled)],
    number,
    id: portId,
    designatedPort: tree?.designatedPort ?? portId,
    designatedCost: tree?.designatedCost ?? 0,
    designatedBridge: tree?.designatedBridge ?? id,
    designatedRoot: tree?.designatedRoot ?? root,
    holdTimer: tree?.holdTimer.remaining ?? 0,
    messageAgeTimer: tree?.messageAgeTimer.remaining ?? 0,
    forwardDelayTimer: tree?.forwardDelayTimer.remaining ?? 0,
    topologyChangeAck: tree?.topologyChangeAck ?? false,
    configPending: tree?.configPending ?? false,
  };
}
