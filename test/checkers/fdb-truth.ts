import type { BridgePort } from '../../models/netns/bridge/bridge.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import { otherEnd } from '../../models/netns/interface/link-state.ts';
import type { Network } from '../../models/netns/network.ts';

/**
 * Every address that a bridge has learnt points to the port behind which its owner really is. True for networks
 * without loops of bridges in which no interface was moved, replugged or given another address.
 * @throws Error that names the entry
 */
export function checkForwardingDatabases(network: Network): void {
  for (const namespace of network.namespaces()) {
    for (const { bridge, fullName } of namespace.interfaces()) {
      if (bridge === null) continue;
      const truth = new Map(bridge.ports.map((port) => [port.number, addressesBehind(port)]));
      bridge.fdb.forEach((place, mac) => {
        if (bridge.fdb.flagsAt(place) !== 0) return;
        const number = bridge.fdb.portAt(place);
        if (truth.get(number)?.has(mac) === true) return;
        const name = bridge.portNumbered(number)?.iface.name ?? `port ${number}`;
        const address = network.macs.address(mac).toString(16).padStart(12, '0');
        throw new Error(`${fullName} believes ${address} behind ${name}, where it is not`);
      });
    }
  }
}

/** The addresses of all interfaces that frames through `port` can reach. */
function addressesBehind(port: BridgePort): ReadonlySet<number> {
  const addresses = new Set<number>();
  const seen = new Set<Interface>([port.bridge.iface]);
  visit(otherEnd(port.iface), addresses, seen);
  return addresses;
}

function visit(iface: Interface | null, addresses: Set<number>, seen: Set<Interface>): void {
  if (iface === null || seen.has(iface)) return;
  seen.add(iface);
  addresses.add(iface.mac);
  const bridge = iface.port?.bridge;
  if (bridge === undefined || seen.has(bridge.iface)) return;
  seen.add(bridge.iface);
  addresses.add(bridge.iface.mac);
  for (const port of bridge.ports) {
    addresses.add(port.iface.mac);
    if (port.iface !== iface) visit(otherEnd(port.iface), addresses, seen);
  }
}
