import { parseArp, printArp } from './arp.ts';
import { readUint16 } from './big-endian.ts';
import { parseBpdu, printBpdu } from './bpdu.ts';
import { parseEspHeader, printEsp } from './esp.ts';
import { EtherType, ethernetHeaderLength, parseEthernet, printEthernet } from './ethernet.ts';
import { parseIcmp } from './icmp.ts';
import { printIcmp } from './icmp-printer.ts';
import { IpProtocol, type Ipv4Header, parseIpv4Header, printIpv4 } from './ipv4.ts';
import { formatIpv4 } from './ipv4-address.ts';
import { isParseError, type ParseError } from './parse-error.ts';
import { parseTcp, printTcp } from './tcp.ts';
import { parseUdp, printUdp, UDP_HEADER_LENGTH } from './udp.ts';
import { LINUX_VXLAN_PORT, parseVxlan, printVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT } from './vxlan.ts';

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
      return isBpdu(bytes, offset) ? `${link}${separator}${describeBpdu(bytes, offset)}` : link;
  }
}

function isBpdu(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0x42 && bytes[offset + 1] === 0x42 && bytes[offset + 2] === 0x03;
}

function describeBpdu(bytes: Uint8Array, offset: number): string {
  const length = readUint16(bytes, offset - 2);
  const bpdu = parseBpdu(bytes, offset, Math.min(bytes.length, offset + length));
  return isParseError(bpdu) ? malformed(bpdu) : printBpdu(bpdu, length);
}

/** What is in a datagram to a port of VXLAN, its inner frame behind a colon; undefined when it is something else. */
function describeVxlan(bytes: Uint8Array, start: number, end: number, port: number): string | undefined {
  if (port !== VXLAN_PORT && port !== LINUX_VXLAN_PORT) return undefined;
  const header = parseVxlan(bytes, start, end);
  if (isParseError(header)) return undefined;
  return `${printVxlan(header)}: ${describeFrame(bytes.subarray(start + VXLAN_HEADER_LENGTH, end))}`;
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
      const vxlan = describeVxlan(bytes, start + UDP_HEADER_LENGTH, end, udp.destinationPort);
      if (vxlan === undefined) return printUdp(udp, ipSource, ipDestination, verbose);
      const from = `${formatIpv4(ipSource)}.${udp.sourcePort}`;
      return `${from} > ${formatIpv4(ipDestination)}.${udp.destinationPort}: ${vxlan}`;
    }
    case IpProtocol.tcp: {
      const tcp = parseTcp(bytes, start, end, ipSource, ipDestination, wholeEnd);
      if (isParseError(tcp)) return `${addresses(header)} ${malformed(tcp)}`;
      return printTcp(tcp, ipSource, ipDestination, originalEnd - start - tcp.headerLength, verbose);
    }
    case IpProtocol.esp: {
      const esp = parseEspHeader(bytes.subarray(start));
      if (isParseError(esp)) return `${addresses(header)} ${malformed(esp)}`;
      return `${addresses(header)} ${printEsp(esp)}, length ${originalEnd - start}`;
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
