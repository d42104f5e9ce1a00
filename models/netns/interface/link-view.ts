import { bridgePortView, bridgeView } from '../bridge/bridge-view.ts';
import type { LinkView, OperState } from '../control-types.ts';
import { vxlanView } from '../vxlan/vxlan-control.ts';
import { Counter, type Interface, InterfaceKind } from './interface.ts';

const kinds = ['loopback', 'veth', 'physical', 'bridge', 'vxlan', 'openvswitch'] as const;

/** An interface as `ip link` and its kin show it. */
export function linkView(iface: Interface): LinkView {
  const { network } = iface.namespace;
  const { counters, macs } = network;
  const peer = iface.peer;
  return {
    ifindex: iface.index,
    name: iface.name,
    kind: kinds[iface.kind],
    mac: macs.address(iface.mac),
    mtu: iface.mtu,
    up: iface.up,
    carrier: iface.carrier,
    operState: operState(iface),
    qdisc: qdiscName(iface),
    promiscuity: promiscuity(iface),
    ...(iface.port !== null && {
      master: iface.port.bridge.iface.name,
      bridgePort: bridgePortView(iface.port),
    }),
    ...(iface.vport?.type !== undefined &&
      iface.vport.type !== 'internal' && { master: iface.vport.datapath.iface.name }),
    ...(peer !== null && { peer: { namespace: peer.namespace.name, name: peer.name, ifindex: peer.index } }),
    ...(iface.vxlan !== null && { vxlan: vxlanView(iface.vxlan) }),
    ...(iface.bridge !== null && { bridge: bridgeView(iface.bridge) }),
    addresses: iface.addresses.map((address) => ({ ...address })),
    statistics: {
      rxPackets: counters.get(iface.id, Counter.rxPackets),
      rxBytes: counters.get(iface.id, Counter.rxBytes),
      rxDropped: counters.get(iface.id, Counter.rxDropped),
      multicast: counters.get(iface.id, Counter.multicast),
      txPackets: counters.get(iface.id, Counter.txPackets),
      txBytes: counters.get(iface.id, Counter.txBytes),
      txDropped: counters.get(iface.id, Counter.txDropped),
    },
  };
}

function promiscuity(iface: Interface): number {
  const sockets = iface.packetSockets?.filter((socket) => socket.promiscuous).length ?? 0;
  return sockets + (iface.port === null ? 0 : 1);
}

function qdiscName(iface: Interface): LinkView['qdisc'] {
  if (iface.qdisc !== null) return iface.qdisc.root.spec.kind;
  if (!iface.everUp) return 'noop';
  return iface.kind === InterfaceKind.physical ? 'pfifo_fast' : 'noqueue';
}

/** RFC 2863 state as the kernel reports it: loopback and a bridge that never had a port do not know theirs. */
function operState(iface: Interface): OperState {
  if (!iface.up) return iface.kind === InterfaceKind.loopback ? 'UNKNOWN' : 'DOWN';
  if (iface.kind === InterfaceKind.loopback || iface.kind === InterfaceKind.vxlan) return 'UNKNOWN';
  if (iface.kind === InterfaceKind.openvswitch) return 'UNKNOWN';
  if (iface.bridge !== null && !iface.bridge.portStateSelected) return 'UNKNOWN';
  if (iface.carrier) return 'UP';
  return lowerLayerDown(iface) ? 'LOWERLAYERDOWN' : 'DOWN';
}

/**
 * Linux `default_operstate` looks the other end's index up in the interface's own namespace, whoever has it there:
 * a veth end whose peer is elsewhere is mostly just DOWN.
 */
function lowerLayerDown(iface: Interface): boolean {
  if (iface.peer === null) return false;
  const found = iface.namespace.interfaces().find((other) => other.index === iface.peer?.index);
  return found !== undefined && found !== iface && !found.carrier;
}
