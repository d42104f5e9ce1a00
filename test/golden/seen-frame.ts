import { ArpOperation, parseArp } from '../../models/wire/arp.ts';
import { EtherType, parseEthernet } from '../../models/wire/ethernet.ts';
import { IcmpType } from '../../models/wire/icmp.ts';
import { IpProtocol, parseIpv4Header } from '../../models/wire/ipv4.ts';
import { formatIpv4 } from '../../models/wire/ipv4-address.ts';
import { formatMac } from '../../models/wire/mac-address.ts';
import { isParseError } from '../../models/wire/parse-error.ts';

/** A frame of a capture as far as steps are recognised by it. */
export interface SeenFrame {
  /** Nanoseconds since the epoch. */
  time: bigint;
  sourceMac: string;
  destinationMac: string;
  source: string;
  destination: string;
  what: 'arp-request' | 'echo-request' | 'udp' | 'other';
  /** Echo identifier, or UDP source port. */
  id: number;
  length: number;
}

/** At most one frame: none where the bytes are of something else. */
export function seen(time: bigint, bytes: Uint8Array): SeenFrame[] {
  const ethernet = parseEthernet(bytes, 0, bytes.length);
  if (isParseError(ethernet)) return [];
  const frame = {
    time,
    sourceMac: formatMac(ethernet.source),
    destinationMac: formatMac(ethernet.destination),
    length: bytes.length,
  };
  if (ethernet.etherType === EtherType.arp) {
    const arp = parseArp(bytes, 14, bytes.length);
    if (isParseError(arp)) return [];
    const what = arp.operation === ArpOperation.request ? 'arp-request' : 'other';
    const [source, destination] = [arp.senderProtocolAddress, arp.targetProtocolAddress].map(formatIpv4);
    return [{ ...frame, what, source, destination, id: 0 }];
  }
  if (ethernet.etherType !== EtherType.ipv4) return [];
  const ip = parseIpv4Header(bytes, 14, bytes.length);
  if (isParseError(ip)) return [];
  const [source, destination] = [ip.ipSource, ip.ipDestination].map(formatIpv4);
  return [
    {
      ...frame,
      source,
      destination,
      ...transport(bytes, ip.protocol, 14 + ip.headerLength, ip.fragmentOffset),
    },
  ];
}

function transport(
  bytes: Uint8Array,
  protocol: number,
  start: number,
  fragmentOffset: number,
): Pick<SeenFrame, 'what' | 'id'> {
  const word = (offset: number) => (bytes[start + offset] << 8) | bytes[start + offset + 1];
  if (fragmentOffset > 0) return { what: 'other', id: 0 };
  if (protocol === IpProtocol.udp) return { what: 'udp', id: word(0) };
  const isEcho = protocol === IpProtocol.icmp && bytes[start] === IcmpType.echoRequest;
  return isEcho ? { what: 'echo-request', id: word(4) } : { what: 'other', id: 0 };
}
