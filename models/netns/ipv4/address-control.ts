import { type Ipv4Address, prefixMask } from '../../wire/ipv4-address.ts';
import { ControlError } from '../control-error.ts';
import { type AddressSpec, Scope } from '../control-types.ts';
import type { Interface, InterfaceAddress } from '../interface/interface.ts';
import { mustFind } from '../interface/link-control.ts';
import { flushNeighbours } from '../interface/link-state.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { appended, inserted } from '../short-list.ts';
import { addRoutesOf, primaryOf, removeRoutesOf } from './address-routes.ts';

/** `ip addr add` (Linux `inet_rtm_newaddr`). */
export function addAddress(namespace: NetworkNamespace, dev: string, spec: AddressSpec): void {
  const iface = mustFind(namespace, dev);
  // with a second address the order of additions begins to matter: the tables have to follow from here on
  if (namespace.hasOtherAddress(iface)) namespace.fib.complete();
  const sameSubnet = iface.addresses.filter(
    (other) =>
      other.prefixLength === spec.prefixLength &&
      ((other.address ^ spec.address) & prefixMask(spec.prefixLength)) === 0,
  );
  if (sameSubnet.some((other) => other.address === spec.address)) {
    throw new ControlError('EEXIST', 'ipv4: Address already assigned');
  }
  const scope = spec.scope ?? (spec.address >>> 24 === 127 ? Scope.host : Scope.global);
  // a secondary lives in the subnet's routes, which have one scope
  if (sameSubnet.some((other) => other.scope !== scope)) {
    throw new ControlError('EINVAL', 'ipv4: Invalid scope value');
  }
  const entry: InterfaceAddress = {
    // made sure to be a small integer: who gives it may have had it among unsigned numbers
    address: spec.address | 0,
    prefixLength: spec.prefixLength,
    broadcast: spec.broadcast,
    scope,
    label: spec.label ?? iface.name,
    secondary: sameSubnet.length > 0,
  };
  iface.addresses = withAddress(iface.addresses, entry);
  iface.followsDefaults = false;
  addRoutesOf(iface, entry);
  // Linux fib_sync_up: next hops that died with the last address live again
  if (iface.addresses.length === 1 && iface.up) namespace.fib.interfaceUp(iface);
}

/** Primaries come before secondaries, those of wider scope first (Linux `inet_insert_ifa`). */
function withAddress(addresses: readonly InterfaceAddress[], entry: InterfaceAddress): InterfaceAddress[] {
  if (entry.secondary) return appended(addresses, entry);
  let place = 0;
  for (const [i, other] of addresses.entries()) {
    if (!other.secondary && entry.scope <= other.scope) place = i + 1;
  }
  return inserted(addresses, place, entry);
}

/** `ip addr del` (Linux `inet_rtm_deladdr`): secondaries of the same subnet go with it, unless they are promoted. */
export function deleteAddress(
  namespace: NetworkNamespace,
  dev: string,
  address: Ipv4Address,
  prefixLength: number,
): void {
  const iface = mustFind(namespace, dev);
  const entry = iface.addresses.find(
    (other) => other.address === address && other.prefixLength === prefixLength,
  );
  if (entry === undefined) throw new ControlError('EADDRNOTAVAIL', 'ipv4: Address not found');
  // a route that waits for the tables rests on the address
  namespace.fib.complete();
  const followers = entry.secondary
    ? []
    : iface.addresses.filter(
        (other) =>
          other.secondary &&
          other.prefixLength === prefixLength &&
          ((other.address ^ address) & prefixMask(prefixLength)) === 0,
      );
  const promotes = iface.config.promoteSecondaries || namespace.configAll.promoteSecondaries;
  const gone = promotes ? [entry] : [entry, ...followers];
  const withPrimary = gone.map((other) => [other, primaryOf(iface, other)] as const);
  iface.addresses = iface.addresses.filter((other) => !gone.includes(other));
  for (const [other, primary] of withPrimary) removeRoutesOf(iface, other, primary);
  if (promotes && followers.length > 0) followers[0].secondary = false;
  // routes that the deleted address shared with one that stays
  for (const other of iface.addresses) addRoutesOf(iface, other);
  dropRoutesPreferring(namespace, gone);
  for (const other of gone) namespace.netfilterIfAny?.interfaceChanged(iface, other.address);
  if (iface.addresses.length === 0) disableIp(iface);
}

/** An interface without addresses has neither routes nor neighbours (Linux `fib_disable_ip`). */
function disableIp(iface: Interface): void {
  iface.namespace.fib.interfaceDown(iface);
  flushNeighbours(iface, true);
}

/** Routes of table main that name a source address which is gone are gone too (Linux `fib_sync_down_addr`). */
function dropRoutesPreferring(namespace: NetworkNamespace, gone: readonly InterfaceAddress[]): void {
  const { main } = namespace.fib;
  for (const { address } of gone) {
    if (namespace.hasAddress(address)) continue;
    for (const route of main.routes()) if (route.preferredSource === address) main.remove(route);
  }
}
