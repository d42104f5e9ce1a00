import { BROADCAST_MAC_ID } from '../../mac-table.ts';
import { ControlError } from '../../netns/control-error.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import { sendArp } from '../../netns/neighbour/arp.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { ArpOperation } from '../../wire/arp.ts';
import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { type BridgeConfig, type Cidr, WEAVE_BRIDGE } from './bridge-config.ts';
import { deleteExposeRules, exposeRules } from './bridge-rules.ts';

/** Gives the bridge an address in the pods' subnet: pods reach the host, and by it the rest (weave `net/expose.go`). */
export function expose(namespace: NetworkNamespace, cidr: Cidr, config: BridgeConfig): void {
  addAddress(namespace, WEAVE_BRIDGE, cidr);
  sendGratuitousArp(namespace.findInterface(WEAVE_BRIDGE)!, cidr.address);
  exposeRules(namespace, cidr, config);
}

/** Takes that address away again; one that is not there is no error. */
export function hide(namespace: NetworkNamespace, cidr: Cidr, config: BridgeConfig): void {
  const { address, prefixLength } = cidr;
  const addresses = namespace.link(WEAVE_BRIDGE)?.addresses ?? [];
  const isThere = addresses.some((other) => other.address === address && other.prefixLength === prefixLength);
  if (!isThere) return;
  namespace.deleteAddress(WEAVE_BRIDGE, address, prefixLength);
  deleteExposeRules(namespace, cidr, config);
}

/** An address that is there already will do. */
export function addAddress(namespace: NetworkNamespace, dev: string, { address, prefixLength }: Cidr): void {
  const broadcast = address | ~prefixMask(prefixLength);
  try {
    namespace.addAddress(dev, { address, prefixLength, broadcast });
  } catch (error) {
    if (!(error instanceof ControlError) || error.errno !== 'EEXIST') throw error;
  }
}

/** As the library does it that Weave uses (arping): a request, in which the target's MAC address is all ones. */
export function sendGratuitousArp(iface: Interface, address: Ipv4Address): void {
  sendArp(iface, ArpOperation.request, BROADCAST_MAC_ID, address, iface.mac, address, BROADCAST_MAC_ID);
}

/** The bridge's address in a subnet, else its first one; undefined when it has none (weave `FindBridgeIP`). */
export function bridgeAddress(namespace: NetworkNamespace, subnet: Cidr): Ipv4Address | undefined {
  const addresses = namespace.link(WEAVE_BRIDGE)?.addresses ?? [];
  const mask = prefixMask(subnet.prefixLength);
  const inside = addresses.find(({ address }) => ((address ^ subnet.address) & mask) === 0);
  return (inside ?? addresses[0])?.address;
}
