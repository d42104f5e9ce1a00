import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { ControlError } from '../control-error.ts';
import type { NeighbourSpec, NeighbourView } from '../control-types.ts';
import { InterfaceKind } from '../interface/interface.ts';
import { mustFind } from '../interface/link-control.ts';
import { flushNeighbours as flushInterface } from '../interface/link-state.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { timerExpiry } from '../time/jiffies.ts';
import { Timer } from '../time/namespace-timer.ts';
import type { Neighbour } from './neighbour.ts';
import { findOrAdd } from './neighbour-output.ts';
import { NEIGHBOUR_FLAG, NUD_VALID, Nud } from './neighbour-states.ts';

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
  const managed = spec.managed === true;
  const state = managed ? Nud.none : Nud[spec.state ?? 'permanent'];
  const exempt = (state & Nud.permanent) !== 0 || spec.externLearned === true;
  const neighbour = findOrAdd(iface, spec.address, exempt);
  if (neighbour === null) throw new ControlError('ENOBUFS');
  neighbour.setFlags(
    (spec.externLearned === true ? NEIGHBOUR_FLAG.externLearned : 0) |
      (spec.router === true ? NEIGHBOUR_FLAG.router : 0) |
      (managed ? NEIGHBOUR_FLAG.managed : 0),
  );
  if (managed) {
    keepResolved(neighbour);
    return;
  }
  if (spec.mac === undefined && (state & NUD_VALID) !== 0 && (neighbour.state & NUD_VALID) === 0) {
    throw new ControlError('EINVAL', 'No link layer address given');
  }
  const mac = spec.mac === undefined ? -1 : namespace.network.macs.intern(spec.mac);
  neighbour.update(mac, state, true, true);
}

/** Linux `neigh_managed_work`: asks for the address again and again, whether anybody needs it or not. */
function keepResolved(neighbour: Neighbour): void {
  const { iface, address } = neighbour;
  const { simulation, timerTargets } = iface.namespace.network;
  neighbour.eventProbe();
  const place = timerTargets.add({
    onTimer() {
      timerTargets.remove(place);
      const same = iface.neighbours.get(address) === neighbour;
      if (same && (neighbour.flags & NEIGHBOUR_FLAG.managed) !== 0) keepResolved(neighbour);
    },
  });
  const due = timerExpiry(simulation.now, iface.neighbourConfig.intervalProbeTime);
  simulation.schedule(iface.namespace, due, Timer.target, place);
}

/** An address that this host answers ARP requests for on an interface (Linux `struct pneigh_entry`). */
export interface ProxyNeighbour {
  address: Ipv4Address;
  /** Empty for every interface. */
  dev: string;
}

export function addProxyNeighbour(namespace: NetworkNamespace, address: Ipv4Address, dev: string): void {
  if (dev !== '') mustFind(namespace, dev);
  if (namespace.hasProxyNeighbour(address, dev)) return;
  namespace.proxies = [...(namespace.proxies ?? []), { address, dev }];
}

export function deleteProxyNeighbour(namespace: NetworkNamespace, address: Ipv4Address, dev: string): void {
  const known = (one: ProxyNeighbour) => one.address === address && one.dev === dev;
  if (namespace.proxies?.some(known) !== true) throw new ControlError('ENOENT');
  namespace.proxies = namespace.proxies!.filter((one) => !known(one));
}

/** `ip neigh del` (Linux `neigh_delete`). */
export function deleteNeighbour(namespace: NetworkNamespace, address: Ipv4Address, dev: string): void {
  const iface = mustFind(namespace, dev);
  const neighbour = iface.neighbours.get(address);
  if (neighbour === undefined) throw new ControlError('ENOENT');
  neighbour.remove();
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
      externLearned: (neighbour.flags & NEIGHBOUR_FLAG.externLearned) !== 0,
      router: (neighbour.flags & NEIGHBOUR_FLAG.router) !== 0,
      managed: (neighbour.flags & NEIGHBOUR_FLAG.managed) !== 0,
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
