import type { DeviceConfig, NeighbourConfig } from '../interface/device-config.ts';
import type { NetworkNamespace } from '../network-namespace.ts';

/** `net.ipv4.ip_forward` sets every interface, and whether redirects are listened to (Linux `inet_forward_change`). */
export function setForwarding(namespace: NetworkNamespace, on: boolean): void {
  if (on === namespace.sysctls.ipForward) return;
  namespace.changeSysctls({ ipForward: on });
  namespace.configAll = { ...namespace.configAll, forwarding: on, acceptRedirects: !on };
  namespace.configDefault = { ...namespace.configDefault, forwarding: on };
  for (const iface of namespace.interfaces()) iface.config = { ...iface.config, forwarding: on };
}

/** `net.ipv4.conf.*` of `all`, `default` or an interface; undefined when there is none of that name. */
export function deviceConfig(
  namespace: NetworkNamespace,
  device: string,
): Readonly<DeviceConfig> | undefined {
  if (device === 'all') return namespace.configAll;
  if (device === 'default') return namespace.configDefault;
  return namespace.findInterface(device)?.config;
}

/** Changes what `deviceConfig` answers; the device must be there. */
export function changeDeviceConfig(
  namespace: NetworkNamespace,
  device: string,
  change: Partial<DeviceConfig>,
): void {
  namespace.generation++;
  if (device === 'all') namespace.configAll = { ...namespace.configAll, ...change };
  else if (device === 'default') changeDefaultConfig(namespace, change);
  else namespace.findInterface(device)!.setConfig(change);
}

/** `conf.default` also reaches interfaces that never had the value set themselves (Linux `devinet_copy_dflt_conf`). */
function changeDefaultConfig(namespace: NetworkNamespace, change: Partial<DeviceConfig>): void {
  const previous = namespace.configDefault;
  namespace.configDefault = { ...previous, ...change };
  for (const iface of namespace.interfaces()) {
    if (!iface.followsDefaults) continue;
    if (iface.config === previous) iface.config = namespace.configDefault;
    else iface.config = { ...iface.config, ...change, ...iface.ownConfig };
  }
}

/** `net.ipv4.neigh.*` of `default` or an interface; undefined when there is none of that name. */
export function neighbourConfig(
  namespace: NetworkNamespace,
  device: string,
): Readonly<NeighbourConfig> | undefined {
  return device === 'default' ? namespace.neighbourDefault : namespace.findInterface(device)?.neighbourConfig;
}

/** Changes what `neighbourConfig` answers; the device must be there. */
export function changeNeighbourConfig(
  namespace: NetworkNamespace,
  device: string,
  change: Partial<NeighbourConfig>,
): void {
  if (device !== 'default') {
    const iface = namespace.findInterface(device)!;
    iface.neighbourConfig = { ...iface.neighbourConfig, ...change };
    iface.neighbours.reachableTime = null;
    return;
  }
  const previous = namespace.neighbourDefault;
  namespace.neighbourDefault = { ...previous, ...change };
  for (const iface of namespace.interfaces()) {
    if (iface.followsDefaults && iface.neighbourConfig === previous) {
      iface.neighbourConfig = namespace.neighbourDefault;
    }
  }
}
