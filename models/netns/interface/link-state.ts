import type { BridgePort } from '../bridge/bridge.ts';
import { PortState } from '../bridge/spanning-tree-port.ts';
import { addAddressRoutes } from '../ipv4/address-routes.ts';
import { announceAddresses } from '../neighbour/gratuitous-arp.ts';
import { vxlanStateChanged } from '../vxlan/vxlan-control.ts';
import { openVxlanPort } from '../vxlan/vxlan-receive.ts';
import { type Interface, InterfaceKind } from './interface.ts';

/** `ip link set X up` and `down` (Linux `dev_open`, `dev_close`), with all that follows from it. */
export function setAdminState(iface: Interface, up: boolean): void {
  if (iface.up === up) return;
  if (up && iface.vxlan !== null) openVxlanPort(iface.vxlan);
  // a route that waits for the tables can only be added while the interface is up
  if (!up && iface.addresses.length > 0) iface.namespace.fib.complete();
  iface.up = up;
  if (iface.vxlan !== null) vxlanStateChanged(iface.vxlan);
  if (up) iface.everUp = true;
  iface.namespace.generation++;
  if (up) {
    addAddressRoutes(iface);
    if (iface.hasRoutes) iface.namespace.fib.interfaceUp(iface);
  } else {
    iface.namespace.netfilterIfAny?.interfaceChanged(iface);
    flushNeighbours(iface, true);
    iface.qdisc?.reset();
    if (iface.hasRoutes) iface.namespace.fib.interfaceDown(iface);
  }
  iface.bridge?.tree?.bridgeSwitched(up);
  if (up) announceAtLinkUp(iface);
  updateCarrier(iface);
  const other = otherEnd(iface);
  if (other !== null) updateCarrier(other);
  if (iface.port !== null) updatePort(iface.port);
}

/**
 * Linux announces while the interface comes up: packet sockets are not hooked in again yet, and a bridge at the other
 * end, which learns of the carrier later (linkwatch), does not pass it on.
 */
function announceAtLinkUp(iface: Interface): void {
  const { tap } = iface;
  iface.tap = null;
  announceAddresses(iface);
  iface.namespace.network.backlog.drain();
  iface.tap = tap;
}

/** The interface that hangs on the same veth pair or cable. */
export function otherEnd(iface: Interface): Interface | null {
  return iface.peer ?? iface.cable?.to ?? null;
}

/** Finds out whether there is a carrier and tells everybody whom a change concerns. */
export function updateCarrier(iface: Interface): void {
  const carrier = hasCarrier(iface);
  if (carrier === iface.carrier) return;
  iface.carrier = carrier;
  iface.namespace.generation++;
  if (iface.hasRoutes) iface.namespace.fib.carrierChanged(iface);
  if (!carrier) {
    flushNeighbours(iface, false);
    iface.qdisc?.reset();
  }
  if (iface.port !== null) updatePort(iface.port);
}

function hasCarrier(iface: Interface): boolean {
  switch (iface.kind) {
    case InterfaceKind.loopback:
    case InterfaceKind.vxlan:
    case InterfaceKind.openvswitch:
      return iface.up;
    case InterfaceKind.veth:
      return iface.up && iface.peer?.up === true;
    case InterfaceKind.physical:
      return iface.up && iface.cable?.up === true && iface.cable.to.up;
    default: {
      // a bridge that never had a port has its carrier; one with ports has it when one of them forwards
      const bridge = iface.bridge!;
      if (bridge.ports.length === 0) return iface.up && !bridge.portStateSelected;
      return iface.up && bridge.ports.some((port) => port.forwarding);
    }
  }
}

/** Without spanning tree a port forwards as long as it is up and has a carrier; otherwise it forgets what it learnt. */
export function updatePort(port: BridgePort): void {
  const forwarding = port.iface.running && port.bridge.iface.up;
  if (port.tree !== null) {
    const isDisabled = port.tree.state === PortState.disabled;
    if (forwarding && isDisabled) port.bridge.tree!.enablePort(port.tree);
    else if (!forwarding && !isDisabled) port.bridge.tree!.disablePort(port.tree);
  } else if (forwarding !== port.forwarding) {
    port.forwarding = forwarding;
    port.iface.namespace.generation++;
    if (!forwarding) port.bridge.flushPort(port);
  }
  updateCarrier(port.bridge.iface);
}

/** Forgets what ARP learnt on an interface (Linux `neigh_ifdown`, `neigh_carrier_down`). */
export function flushNeighbours(iface: Interface, permanentToo: boolean): void {
  for (const neighbour of [...iface.neighbours.values()]) {
    if (!permanentToo && neighbour.stateName === 'permanent') continue;
    neighbour.destroy();
    iface.removeNeighbour(neighbour);
  }
}
