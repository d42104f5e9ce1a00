import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { CongestionControl } from './congestion-control.ts';
import { Cubic } from './cubic.ts';
import { reno } from './reno.ts';

/**
 * What makes one for a connection, by its name as TCP_CONGESTION and `net.ipv4.tcp_congestion_control` have it, in the
 * order in which `tcp_available_congestion_control` lists them. Reno remembers nothing, so one does for all.
 */
const CONTROLS: ReadonlyMap<string, () => CongestionControl> = new Map([
  ['reno', () => reno],
  ['cubic', () => new Cubic()],
]);

/** Names of all there are. */
export const CONGESTION_CONTROLS: readonly string[] = [...CONTROLS.keys()];

/** A congestion control of that name; the namespace's for '', and for one that is not there. */
export function congestionControlNamed(name: string, namespace: NetworkNamespace): CongestionControl {
  const make = CONTROLS.get(name) ?? CONTROLS.get(namespace.sysctls.tcpCongestionControl);
  return make!();
}
