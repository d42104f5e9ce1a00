import type { CapturedPacket } from '../../engine/pcap-writer/index.ts';
import { parseArp } from '../../models/wire/arp.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, parseEthernet } from '../../models/wire/ethernet.ts';
import { parseIcmp } from '../../models/wire/icmp.ts';
import { IpProtocol, type Ipv4Header, parseIpv4Header } from '../../models/wire/ipv4.ts';
import { isParseError, type ParseError } from '../../models/wire/parse-error.ts';
import { parseTcp } from '../../models/wire/tcp.ts';
import { parseUdp } from '../../models/wire/udp.ts';

/**
 * A captured frame is well-formed: every header parses, no byte is left over, and the checksums are right.
 * Parsed from its bytes alone, by the codecs that know nothing of packets.
 * @throws Error that says what is wrong
 */
export function checkCapturedFrame(packet: CapturedPacket): void {
  const { bytes, originalLength } = packet;
  if (bytes.length !== originalLength) throw new Error(`${bytes.length} of ${originalLength} bytes captured`);
  const ethernet = expectParsed(parseEthernet(bytes, 0, bytes.length));
  const offset = ETHERNET_HEADER_LENGTH;
  switch (ethernet.etherType) {
    case EtherType.arp:
      expectParsed(parseArp(bytes, offset, bytes.length));
      return;
    case EtherType.ipv4: {
      const header = expectParsed(parseIpv4Header(bytes, offset, bytes.length));
      if (header.checksum !== 'correct') throw new Error(`IPv4 checksum ${header.checksum}`);
      if (offset + header.totalLength !== bytes.length) throw new Error('bytes behind the IPv4 packet');
      if (!header.moreFragments && header.fragmentOffset === 0) checkTransport(bytes, offset, header);
    }
  }
}

function checkTransport(bytes: Uint8Array, ipOffset: number, header: Ipv4Header): void {
  const start = ipOffset + header.headerLength;
  const { ipSource, ipDestination } = header;
  let checksum: string;
  switch (header.protocol) {
    case IpProtocol.udp:
      ({ checksum } = expectParsed(parseUdp(bytes, start, bytes.length, ipSource, ipDestination)));
      break;
    case IpProtocol.tcp:
      ({ checksum } = expectParsed(parseTcp(bytes, start, bytes.length, ipSource, ipDestination)));
      break;
    case IpProtocol.icmp:
      ({ checksum } = expectParsed(parseIcmp(bytes, start, bytes.length)));
      break;
    default:
      return;
  }
  if (checksum !== 'correct') throw new Error(`checksum of protocol ${header.protocol} is ${checksum}`);
}

function expectParsed<T>(result: T | ParseError): T {
  if (isParseError(result)) throw new Error(result.message);
  return result;
}
