import { type Ipv4Address, parseIpv4 } from '../models/wire/ipv4-address.ts';

const LOOPBACK: Ipv4Address = 0x7f000001;

/** A dotted quad, `localhost`, or a name of the hosts table (`/etc/hosts`); there is no DNS. */
export function resolveHost(hosts: ReadonlyMap<string, Ipv4Address>, name: string): Ipv4Address | undefined {
  return parseIpv4(name) ?? hosts.get(name) ?? (name === 'localhost' ? LOOPBACK : undefined);
}

/** The first name that the hosts table gives an address. */
export function hostName(hosts: ReadonlyMap<string, Ipv4Address>, address: Ipv4Address): string | undefined {
  for (const [name, candidate] of hosts) if (candidate === address) return name;
  return address === LOOPBACK ? 'localhost' : undefined;
}
