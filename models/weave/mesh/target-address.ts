import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../wire/ipv4-address.ts';

/** Where a peer is to be looked for; port 0 when none was said. */
export interface TargetAddress {
  readonly address: Ipv4Address;
  readonly port: number;
}

const PORT_MAX = 0xffff;

/** `192.168.1.11`, `192.168.1.11:6783`. @returns an error text, as Go's resolver gives it */
export function parseTarget(text: string): TargetAddress | string {
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? '0' : text.slice(colon + 1);
  if (host === '' || !/^[\p{L}\p{N}]*$/u.test(port)) {
    return `invalid peer name ${JSON.stringify(text)}, should be host[:port]`;
  }
  const address = parseIpv4(host);
  if (address === undefined) return `lookup ${host}: no such host`;
  if (!/^\d+$/.test(port)) return `lookup tcp/${port}: unknown port`;
  if (Number(port) > PORT_MAX) return `address ${port}: invalid port`;
  return { address, port: Number(port) };
}

/** `192.168.1.11:6783`. */
export function formatTarget({ address, port }: TargetAddress): string {
  return `${formatIpv4(address)}:${port}`;
}

/** One that has been made by `formatTarget`. */
export function knownTarget(text: string): TargetAddress {
  const parsed = parseTarget(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}
