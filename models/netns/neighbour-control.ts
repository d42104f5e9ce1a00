import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { ControlError } from './control-error.ts';
import type { NeighbourSpec, NeighbourView } from './control-types.ts';
import { InterfaceKind } from './interface.ts';
import { mustFind } from './link-control.ts';
import { flushNeighbours as flushInterface } from './link-state.ts';
import { NUD_VALID, Nud } from './neighbour.ts';
import { findOrAdd } from './neighbour-output.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** `ip neigh add|replace|change` (Linux `neigh_add`). The state defaults to permanent. */
export function setNeighbour(
  namespace: NetworkNamespace,
  spec: NeighbourSpec,
  mode: 'add' | 'replace' | 'change',
): void {
  const iface = mustFind(namespace, spec.dev);
  if (iface.kind === InterfaceKind.loopback) throw new ControlError('EINVAL');
  const known = iface.neighbours.get(spec.address);
  if (known !== undefined && mode === 'add') throw new ControlError('EEXIST');
  if (known === undefined && mode === 'change') throw new ControlError('ENOENT');
  const state = Nud[spec.state ?? 'permanent'];
  const neighbour = findOrAdd(iface, spec.address);
  if (spec.mac === undefined && (state & NUD_VALID) !== 0 && (neighbour.state & NUD_VALID) === 0) {
    throw new ControlError('EINVAL', 'No link layer address given');
  }
  const mac = spec.mac === undefined ? -1 : namespace.network.macs.intern(spec.mac);
  neighbour.update(mac, state, true, true);
}

/** `ip neigh del` (Linux `neigh_delete`). */
export function deleteNeighbour(namespace: NetworkNamespace, address: Ipv4Address, dev: string): void {
  const iface = mustFind(namespace, dev);
  const neighbour = iface.neighbours.get(address);
  if (neighbour === undefined) throw new ControlError('ENOENT');
  neighbour.destroy();
  iface.removeNeighbour(neighbour);
}

/** All entries, in the order of interfaces and then of their making. */
export function neighbours(namespace: NetworkNamespace): NeighbourView[] {
  const { macs, simulation } = namespace.network;
  const now = simulation.now;
  return namespace.interfaces().flatMap((iface) =>
    [...iface.neighbours.values()].map((neighbour) => ({
      address: neighbour.address,
      dev: iface.name,
      ...((neighbour.state & NUD_VALID) !== 0 && { mac: macs.address(neighbour.mac) }),
      state: neighbour.stateName,
      used: now - neighbour.used,
      confirmed: now - neighbour.confirmed,
      updated: now - neighbour.updated,
      probes: neighbour.probes,
    })),
  );
}

/** `ip neigh flush`: permanent entries stay. */
export function flushNeighbours(namespace: NetworkNamespace, dev: string | undefined): void {
  for (const iface of namespace.interfaces()) {
    if (dev === undefined || iface.name === dev) flushInterface(iface, false);
  }
}
