import { CommandFailure } from '../../failure.ts';
import { icmpTypeName, parseIcmpType } from '../iptables/matches/icmp-types.ts';
import { ipProtocols } from '../iptables/protocols.ts';
import { serviceNumber } from '../iptables/services.ts';
import { failure, syntaxError } from './errors.ts';

const ICMP = 1;
const TCP = 6;
/** TCP, UDP, SCTP and UDPLITE. */
const WITH_PORTS = [TCP, 17, 132, 136];
const MAXIMUM = 0xffff;

/** Both ends included; of ICMP type * 256 + code. */
interface PortRange {
  protocol: number;
  first: number;
  last: number;
}

/** `[PROTOCOL:]PORT[-PORT]`, with TCP where nothing is said, or `icmp:TYPE/CODE`. */
export function parsePorts(text: string): PortRange {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? TCP : parseProtocol(text.slice(0, colon));
  const rest = text.slice(colon + 1);
  if (protocol === ICMP) return icmp(rest);
  if (!WITH_PORTS.includes(protocol)) {
    if (rest === '0') return { protocol, first: 0, last: 0 };
    const name = ipProtocols.get(protocol) ?? protocol;
    throw syntaxError(`Protocol ${name} can be used with pseudo port value 0 only.`);
  }
  if (rest === '') throw badPort(text, protocol);
  const dash = rest.indexOf('-');
  const named = serviceNumber(rest, protocol);
  if (dash < 0 || named !== undefined) {
    const port = named ?? parsePort(rest, protocol);
    return { protocol, first: port, last: port };
  }
  const [from, to] = [parsePort(rest.slice(0, dash), protocol), parsePort(rest.slice(dash + 1), protocol)];
  return { protocol, first: Math.min(from, to), last: Math.max(from, to) };
}

function parseProtocol(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0 && Number(text) < 256) return Number(text);
  for (const [number, name] of ipProtocols) if (name === text.toLowerCase() && number > 0) return number;
  throw syntaxError(`cannot parse '${text}' as a protocol`);
}

function parsePort(text: string, protocol: number): number {
  const port = /^\d+$/.test(text) ? Number(text) : serviceNumber(text, protocol);
  if (port === undefined || port > MAXIMUM) throw badPort(text, protocol);
  return port;
}

/** ipset tells of every way in which it tried to read the port. */
function badPort(text: string, protocol: number): CommandFailure {
  const name = ipProtocols.get(protocol)!;
  const first = /^\d+$/.test(text)
    ? `'${text}' is out of range 0-${MAXIMUM}`
    : `'${text}' is invalid as number`;
  return new CommandFailure(
    `ipset v7.17: Syntax error: ${first}\nSyntax error: '${name}' is invalid as number\n` +
      `cannot parse '${text}' as a ${name} port\n`,
    1,
  );
}

function icmp(text: string): PortRange {
  try {
    const { type, code } = parseIcmpType(text);
    if (code === undefined && /^\d+$/.test(text)) throw new Error('a type without a code');
    const port = type * 256 + (code ?? 0);
    return { protocol: ICMP, first: port, last: port };
  } catch {
    throw failure(`Cannot parse ${text} as an ICMP type/code.`);
  }
}

/** `tcp:80`, `icmp:echo-request`, `gre:0`. */
export function formatPort(protocol: number, port: number): string {
  const name = ipProtocols.get(protocol) ?? String(protocol);
  if (protocol !== ICMP) return `${name}:${port}`;
  const [type, code] = [port >> 8, port & 255];
  // a name that stands for all codes of a type stands for its code 0 here
  const known = icmpTypeName(type, code) ?? (code === 0 ? icmpTypeName(type, undefined) : undefined);
  return `${name}:${known ?? `${type}/${code}`}`;
}
