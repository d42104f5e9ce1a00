import {
  formatIpv4,
  formatPrefix,
  type Ipv4Address,
  type Ipv4Prefix,
  isLoopback,
  isMulticast,
  parseIpv4,
  parsePrefix,
  prefixMask,
} from '../../models/wire/ipv4-address.ts';
import { formatMac, isGroupMac, type MacAddress, parseMac } from '../../models/wire/mac-address.ts';
import { Malformed, notA, textValue } from './text-value.ts';

/** An address that one host may have: not multicast, loopback, 0.0.0.0/8 or 255.255.255.255. */
function isUsable(address: Ipv4Address): boolean {
  return !isMulticast(address) && !isLoopback(address) && address >>> 24 !== 0 && address !== -1;
}

function parseHostAddress(text: string): Ipv4Address | Malformed {
  const address = parseIpv4(text);
  if (address === undefined) return notA('an IPv4 address', text);
  return isUsable(address) ? address : new Malformed(`${text} cannot be the address of a host`);
}

/** An address with the prefix length of its subnet; the prefix length must be written. */
function parseInterfaceAddress(text: string): Ipv4Prefix | Malformed {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return notA('an address with prefix length', text);
  if (!text.includes('/')) return new Malformed(`${text} lacks its prefix length`, { nearest: `${text}/24` });
  if (!isUsable(prefix.address)) return new Malformed(`${text} cannot be the address of a host`);
  return prefix;
}

/** A subnet: no bits set behind the prefix. */
export function parseSubnet(text: string): Ipv4Prefix | Malformed {
  const prefix = parsePrefix(text);
  if (prefix === undefined || !text.includes('/')) return notA('a subnet', text);
  const network = prefix.address & prefixMask(prefix.length);
  if (network === prefix.address) return prefix;
  const nearest = formatPrefix({ address: network, length: prefix.length });
  return new Malformed(`${text} has address bits set behind its prefix`, { nearest });
}

export const ipv4Address = textValue<Ipv4Address>({
  id: 'Ipv4Address',
  type: 'number',
  expected: 'an IPv4 address such as 192.168.1.1',
  pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+$',
  parse: parseHostAddress,
  print: formatIpv4,
});

export const interfaceAddress = textValue<Ipv4Prefix>({
  id: 'InterfaceAddress',
  type: 'object',
  expected: 'an address with prefix length such as 192.168.1.11/24',
  pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+/\\d+$',
  parse: parseInterfaceAddress,
  print: formatPrefix,
});

export const subnet = textValue<Ipv4Prefix>({
  id: 'Subnet',
  type: 'object',
  expected: 'a subnet such as 10.244.0.0/16',
  pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+/\\d+$',
  parse: parseSubnet,
  print: formatPrefix,
});

export const macAddress = textValue<MacAddress>({
  id: 'MacAddress',
  type: 'number',
  expected: 'the MAC address of one interface such as 02:00:00:00:00:01',
  pattern: '^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$',
  parse: (text) => {
    const mac = parseMac(text);
    if (mac === undefined) return notA('a MAC address', text);
    if (isGroupMac(mac) || mac === 0) return new Malformed(`${text} cannot be the address of one interface`);
    return mac;
  },
  print: formatMac,
});
