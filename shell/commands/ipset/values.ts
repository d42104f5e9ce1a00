import type { Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { resolveHost } from '../../resolve-host.ts';
import { syntaxError } from './errors.ts';

/** A whole number between limits. */
export function number(text: string, minimum: number, maximum: number): number {
  if (!/^(0x[\da-f]+|\d+)$/i.test(text)) throw syntaxError(`'${text}' is invalid as number`);
  const value = Number(text);
  if (value < minimum || value > maximum) {
    throw syntaxError(`'${text}' is out of range ${minimum}-${maximum}`);
  }
  return value;
}

/** An address or a name of the hosts table. */
export function address(text: string, hosts: ReadonlyMap<string, Ipv4Address>): Ipv4Address {
  const found = resolveHost(hosts, text);
  if (found === undefined) throw syntaxError(`cannot parse ${text}: resolving to IPv4 address failed`);
  return found >>> 0;
}
