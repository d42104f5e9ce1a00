import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { Bbr } from './bbr.ts';
import type { CongestionControl } from './congestion-control.ts';
import { Cubic } from './cubic.ts';
import { Dctcp } from './dctcp.ts';
import { reno } from './reno.ts';

/**
 * What makes one for a connection, by its name as TCP_CONGESTION and `net.ipv4.tcp_congestion_control` have it, in the
 * order in which `tcp_available_congestion_control` lists them. Reno remembers nothing, so one does for all.
 */
const CONTROLS: ReadonlyMap<string, () => CongestionControl> = new Map([
  ['reno', () => reno],
  ['bbr', () => new Bbr()],
  ['cubic', () => new Cubic()],
  ['dctcp', () => new Dctcp()],
]);

/** Names of all there are. */
export const CONGESTION_CONTROLS: readonly string[] = [...CONTROLS.keys()];

/** Whether a socket may ask for it; nothing, or '', asks for the namespace's. */
export function isCongestionControl(name: string | undefined): boolean {
  return name === undefined || name === '' || CONTROLS.has(name);
}

/** A congestion control of that name; the namespace's for '', and for one that is not there. */
export function congestionControlNamed(name: string, namespace: NetworkNamespace): CongestionControl {
  const make = CONTROLS.get(name) ?? CONTROLS.get(namespace.sysctls.tcpCongestionControl);
  return make!();
}
