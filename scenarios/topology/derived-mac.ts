import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { MacAddress } from '../../models/wire/mac-address.ts';

/** The MAC of the interface that owns an IPv4 address: 0a:58 and the address, as CNI plugins derive it. */
export function macOfAddress(address: Ipv4Address): MacAddress {
  return 0x0a58_0000_0000 + (address >>> 0);
}

/** The MAC of the far end of that interface's cable or veth pair: 0e:58 and the address. */
export function macOfFarEnd(address: Ipv4Address): MacAddress {
  return 0x0e58_0000_0000 + (address >>> 0);
}

/** The MAC of an interface without address: 0a:5a, its host's number, its own. */
export function macOfNic(host: number, nic: number): MacAddress {
  return 0x0a5a_0000_0000 + host * 256 + nic;
}

/** The MAC of a switch port whose far end has no address of its own. */
export function macOfPort(lan: number, port: number): MacAddress {
  return 0x0e5a_0000_0000 + lan * 65536 + port;
}

/** The MAC of the bridge of a LAN switch. */
export function macOfSwitch(lan: number): MacAddress {
  return 0x0e58_0000_0001 + lan;
}

/** Name of the node's end of a pod's veth pair: `veth` and the address in hexadecimal, 12 characters. */
export function vethName(address: Ipv4Address): string {
  return `veth${(address >>> 0).toString(16).padStart(8, '0')}`;
}
