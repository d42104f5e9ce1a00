import { parseArp, printArp } from './arp.ts';
import { EtherType, ethernetHeaderLength, parseEthernet, printEthernet } from './ethernet.ts';
import { parseIcmp } from './icmp.ts';
import { printIcmp } from './icmp-printer.ts';
import { IpProtocol, type Ipv4Header, parseIpv4Header, printIpv4 } from './ipv4.ts';
import { formatIpv4 } from './ipv4-address.ts';
import { isParseError, type ParseError } from './parse-error.ts';
import { parseTcp, printTcp } from './tcp.ts';
import { parseUdp, printUdp } from './udp.ts';

export interface FramePrinterOptions {
  /** Bytes of the frame on the wire, when `bytes` are only the first of them. @defaultValue bytes.length */
  originalLength?: number;
  /** Adds the IPv4 header and the state of the checksums, as `tcpdump -v` does. @defaultValue false */
  verbose?: boolean;
}

/**
 * One line about a whole Ethernet frame, as `tcpdump -enS` prints it without the time. Any bytes are fine:
 * what is malformed is said in brackets.
 */
export function describeFrame(bytes: Uint8Array, options: FramePrinterOptions = {}): string {
  const originalLength = options.originalLength ?? bytes.length;
  const verbose = options.verbose ?? false;
  const header = parseEthernet(bytes, 0, bytes.length);
  if (isParseError(header)) return malformed(header);

  const link = printEthernet(header, originalLength);
  // With a tag, tcpdump has said the length already and goes on behind a comma.
  const separator = header.tag === null ? ': ' : ', ';
  const offset = ethernetHeaderLength(header);
  switch (header.etherType) {
    case EtherType.arp: {
      const packet = parseArp(bytes, offset, bytes.length);
      const text = isParseError(packet) ? malformed(packet) : printArp(packet);
      return `${link}${separator}${text}, length ${originalLength - offset}`;
    }
    case EtherType.ipv4:
      return `${link}${separator}${describeIpv4(bytes, offset, originalLength, verbose)}`;
    default:
      return link;
  }
}

/** One line about the IPv4 datagram at `offset`, of which the bytes to the end of `bytes` are there. */
function describeIpv4(bytes: Uint8Array, offset: number, originalEnd: number, verbose: boolean): string {
  const header = parseIpv4Header(bytes, offset, bytes.length, originalEnd);
  if (isParseError(header)) return malformed(header);
  const prefix = verbose ? `${printIpv4(header)} ` : '';
  if (header.fragmentOffset > 0) return `${prefix}${addresses(header)} ip-proto-${header.protocol}`;
  return `${prefix}${describeTransport(bytes, offset, header, verbose)}`;
}

function describeTransport(
  bytes: Uint8Array,
  ipOffset: number,
  header: Ipv4Header,
  verbose: boolean,
): string {
  const { ipSource, ipDestination } = header;
  const start = ipOffset + header.headerLength;
  const originalEnd = ipOffset + header.totalLength;
  const end = Math.min(originalEnd, bytes.length);
  // The rest of a fragmented datagram is not there: nobody can tell where it ends or whether it is whole.
  const wholeEnd = header.moreFragments ? Number.POSITIVE_INFINITY : originalEnd;
  switch (header.protocol) {
    case IpProtocol.icmp: {
      const message = parseIcmp(bytes, start, end, wholeEnd);
      if (isParseError(message)) return `${addresses(header)} ${malformed(message)}`;
      const wrong = verbose && message.checksum === 'incorrect' ? ' (wrong icmp cksum!)' : '';
      return `${addresses(header)} ${printIcmp(message, originalEnd - start)}${wrong}`;
    }
    case IpProtocol.udp: {
      const udp = parseUdp(bytes, start, end, ipSource, ipDestination, wholeEnd);
      if (isParseError(udp)) return `${addresses(header)} ${malformed(udp)}`;
      return printUdp(udp, ipSource, ipDestination, verbose);
    }
    case IpProtocol.tcp: {
      const tcp = parseTcp(bytes, start, end, ipSource, ipDestination, wholeEnd);
      if (isParseError(tcp)) return `${addresses(header)} ${malformed(tcp)}`;
      return printTcp(tcp, ipSource, ipDestination, originalEnd - start - tcp.headerLength, verbose);
    }
    default:
      return `${addresses(header)} ip-proto-${header.protocol} ${originalEnd - start}`;
  }
}

function addresses(header: Ipv4Header): string {
  return `${formatIpv4(header.ipSource)} > ${formatIpv4(header.ipDestination)}:`;
}

function malformed(error: ParseError): string {
  return `[${error.message}]`;
}
