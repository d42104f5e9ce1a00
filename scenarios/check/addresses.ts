import { formatIpv4, formatPrefix, prefixMask } from '../../models/wire/ipv4-address.ts';
import { formatMac } from '../../models/wire/mac-address.ts';
import type { Problems } from '../problems.ts';
import type { Nic, Topology } from '../topology/topology.ts';
import { domainOf } from './domain.ts';
import { OncePerPath } from './once-per-path.ts';

/** No two interfaces share an address, none a MAC address in one LAN, and none has its subnet's own address. */
export function checkAddresses(topology: Topology, problems: Problems): void {
  const once = new OncePerPath();
  const byAddress = new Map<number, Nic>();
  const byMac = new Map<string, Nic>();
  const name = (nic: Nic) => `${topology.hosts[nic.host].name}:${nic.name}`;
  for (const nic of topology.hosts.flatMap((host) => host.nics)) {
    checkOwnSubnet(nic, name(nic), once, problems);
    const address = nic.address?.address;
    const holder = address === undefined ? undefined : byAddress.get(address);
    if (holder !== undefined) {
      const message = `${name(nic)} has the address ${formatIpv4(address!)} of ${name(holder)}`;
      if (once.first(nic.path)) problems.error([...nic.path, 'address'], message);
      continue;
    }
    if (address !== undefined) byAddress.set(address, nic);
    const key = `${domainOf(nic, topology)}/${nic.mac}`;
    const twin = byMac.get(key);
    if (twin === undefined) byMac.set(key, nic);
    else if (once.first(nic.path)) {
      const message = `${name(nic)} has the MAC address ${formatMac(nic.mac)} of ${name(twin)} in the same LAN`;
      problems.error([...nic.path, 'mac'], message);
    }
  }
}

/** RFC 1122 3.2.1.3: all zeros and all ones behind the prefix are the subnet itself and broadcast. */
function checkOwnSubnet(nic: Nic, name: string, once: OncePerPath, problems: Problems): void {
  if (nic.address === undefined || nic.address.length > 30) return;
  const { address, length } = nic.address;
  const hostBits = address & ~prefixMask(length);
  if (hostBits !== 0 && hostBits !== ~prefixMask(length)) return;
  const what = hostBits === 0 ? 'address of the subnet itself' : 'broadcast address';
  if (!once.first([...nic.path, 'own'])) return;
  problems.error([...nic.path, 'address'], `${formatPrefix(nic.address)} of ${name} is the ${what}`);
}
