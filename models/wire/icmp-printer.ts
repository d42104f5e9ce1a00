import { readUint16 } from './big-endian.ts';
import {
  type IcmpMessage,
  type IcmpRedirect,
  type IcmpTimeExceeded,
  type IcmpUnreachable,
  TimeExceededCode,
  UnreachableCode,
} from './icmp.ts';
import { IpProtocol, type Ipv4Header, parseIpv4Header } from './ipv4.ts';
import { formatIpv4 } from './ipv4-address.ts';
import { isParseError } from './parse-error.ts';

/**
 * A message as tcpdump prints it.
 *
 * @param length - bytes of the whole message
 */
export function printIcmp(message: IcmpMessage, length: number): string {
  return `ICMP ${describe(message)}, length ${length}`;
}

function describe(message: IcmpMessage): string {
  switch (message.kind) {
    case 'echoRequest':
      return `echo request, id ${message.identifier}, seq ${message.sequence}`;
    case 'echoReply':
      return `echo reply, id ${message.identifier}, seq ${message.sequence}`;
    case 'destinationUnreachable':
      return describeUnreachable(message);
    case 'timeExceeded':
      return describeTimeExceeded(message);
    case 'redirect':
      return describeRedirect(message);
    case 'parameterProblem':
      if (message.code !== 0) return `parameter problem - code ${message.code}`;
      return `parameter problem - octet ${message.pointer}`;
    case 'timestamp':
      return `time stamp query id ${message.identifier} seq ${message.sequence}`;
    case 'timestampReply': {
      const { identifier, sequence, originate, receive, transmit } = message;
      const times = `org ${timeOfDay(originate)}, recv ${timeOfDay(receive)}, xmit ${timeOfDay(transmit)}`;
      return `time stamp reply id ${identifier} seq ${sequence}: ${times}`;
    }
    case 'other':
      return `type-#${message.type}`;
  }
}

/** What the codes of destination unreachable mean; `%` stands for the destination of the quoted datagram. */
const UNREACHABLE_TEXT: Record<number, string> = {
  [UnreachableCode.net]: 'net % unreachable',
  [UnreachableCode.host]: 'host % unreachable',
  [UnreachableCode.sourceRouteFailed]: '% unreachable - source route failed',
  [UnreachableCode.netUnknown]: 'net % unreachable - unknown',
  [UnreachableCode.hostUnknown]: 'host % unreachable - unknown',
  [UnreachableCode.sourceHostIsolated]: '% unreachable - source host isolated',
  [UnreachableCode.netProhibited]: 'net % unreachable - admin prohibited',
  [UnreachableCode.hostProhibited]: 'host % unreachable - admin prohibited',
  [UnreachableCode.netTypeOfService]: 'net % unreachable - tos prohibited',
  [UnreachableCode.hostTypeOfService]: 'host % unreachable - tos prohibited',
  [UnreachableCode.communicationProhibited]: 'host % unreachable - admin prohibited filter',
  [UnreachableCode.hostPrecedence]: 'host % unreachable - host precedence violation',
  [UnreachableCode.precedenceCutoff]: 'host % unreachable - precedence cutoff',
};

function describeUnreachable(message: IcmpUnreachable): string {
  const quote = parseQuote(message.datagram);
  const destination = destinationOf(quote);
  switch (message.code) {
    case UnreachableCode.protocol:
      return `${destination} protocol ${quote === undefined ? '?' : quote.protocol} unreachable`;
    case UnreachableCode.port:
      return `${destination} ${describePort(message.datagram, quote)} unreachable`;
    case UnreachableCode.fragmentationNeeded: {
      const mtu = message.nextHopMtu === 0 ? '' : ` (mtu ${message.nextHopMtu})`;
      return `${destination} unreachable - need to frag${mtu}`;
    }
    default: {
      const text = UNREACHABLE_TEXT[message.code] ?? `% unreachable - #${message.code}`;
      return text.replace('%', destination);
    }
  }
}

function describeTimeExceeded(message: IcmpTimeExceeded): string {
  if (message.code === TimeExceededCode.transit) return 'time exceeded in-transit';
  if (message.code === TimeExceededCode.reassembly) return 'ip reassembly time exceeded';
  return `time exceeded-#${message.code}`;
}

const REDIRECT_TEXT = [
  'redirect % to net',
  'redirect % to host',
  'redirect-tos % to net',
  'redirect-tos % to host',
];

function describeRedirect(message: IcmpRedirect): string {
  const text = REDIRECT_TEXT[message.code] ?? `redirect-#${message.code} % to net`;
  return `${text.replace('%', destinationOf(parseQuote(message.datagram)))} ${formatIpv4(message.gateway)}`;
}

/** The header of a quoted datagram; undefined when there is not enough of one. */
function parseQuote(datagram: Uint8Array): Ipv4Header | undefined {
  const header = parseIpv4Header(datagram, 0, datagram.length, Number.POSITIVE_INFINITY);
  return isParseError(header) ? undefined : header;
}

function destinationOf(quote: Ipv4Header | undefined): string {
  return quote === undefined ? '?' : formatIpv4(quote.ipDestination);
}

function describePort(datagram: Uint8Array, quote: Ipv4Header | undefined): string {
  if (quote === undefined || datagram.length < quote.headerLength + 4) return 'port ?';
  const port = readUint16(datagram, quote.headerLength + 2);
  if (quote.protocol === IpProtocol.udp) return `udp port ${port}`;
  if (quote.protocol === IpProtocol.tcp) return `tcp port ${port}`;
  return `protocol ${quote.protocol} port ${port}`;
}

/** Milliseconds since midnight as hours, minutes and seconds. */
function timeOfDay(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${clock}.${String(milliseconds % 1000).padStart(3, '0')}`;
}
