import type { NatRange, Range } from '../../../../models/netfilter/control-types.ts';
import { formatIpv4, parseIpv4 } from '../../../../models/wire/ipv4-address.ts';
import { parameterProblem } from '../errors.ts';
import type { GivenOptions, RuleContext } from '../extension.ts';
import { serviceNumber } from '../services.ts';
import { formatRange, parseNumber } from '../values.ts';

/** TCP, UDP, SCTP, DCCP and ICMP: what has something to map besides addresses. */
const PROTOCOLS_WITH_PORTS = [6, 17, 132, 33, 1];
const MAXIMUM = 0xffff;

/** `1.2.3.4-1.2.3.9:80-90/8000`, each part of it left out or not. */
export function parseNatRange(text: string, context: RuleContext): NatRange {
  const colon = text.indexOf(':');
  const range: NatRange = {};
  if (colon >= 0) Object.assign(range, parsePorts(text.slice(colon + 1), context));
  const addresses = colon < 0 ? text : text.slice(0, colon);
  if (addresses !== '') range.addresses = parseAddressRange(addresses);
  return range;
}

function parseAddressRange(text: string): Range {
  const dash = text.indexOf('-');
  const first = parseAddress(dash < 0 ? text : text.slice(0, dash));
  return { first, last: dash < 0 ? first : parseAddress(text.slice(dash + 1)) };
}

function parseAddress(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw parameterProblem(`Bad IP address "${text}"`);
  return address >>> 0;
}

/** `80`, `80-90`, `80-90/8000`. */
export function parsePorts(text: string, { protocol }: RuleContext): Pick<NatRange, 'ports' | 'basePort'> {
  if (protocol === undefined || protocol.not === true || !PROTOCOLS_WITH_PORTS.includes(protocol.number)) {
    throw parameterProblem('Need TCP, UDP, SCTP or DCCP with port specification');
  }
  const slash = text.indexOf('/');
  const ports = slash < 0 ? text : text.slice(0, slash);
  const dash = ports.indexOf('-');
  const port = (word: string): number => {
    const number = parseNumber(word, MAXIMUM) ?? serviceNumber(word, protocol.number);
    if (number === undefined) throw parameterProblem(`Port \`${word}' not valid`);
    return number;
  };
  const first = port(dash < 0 ? ports : ports.slice(0, dash));
  const last = dash < 0 ? first : port(ports.slice(dash + 1));
  if (last < first) throw parameterProblem(`Port range \`${ports.slice(dash + 1)}' funky`);
  return {
    ports: { first, last },
    ...(slash < 0 ? {} : { basePort: port(text.slice(slash + 1)) }),
  };
}

export function buildFlags(given: GivenOptions): Pick<NatRange, 'random' | 'randomFully' | 'persistent'> {
  return {
    ...(given.has('random') ? { random: true } : {}),
    ...(given.has('random-fully') ? { randomFully: true } : {}),
    ...(given.has('persistent') ? { persistent: true } : {}),
  };
}

export function formatNatRange({ addresses, ports, basePort }: NatRange): string {
  let text = '';
  if (addresses !== undefined) {
    text = formatIpv4(addresses.first);
    if (addresses.last !== addresses.first) text += `-${formatIpv4(addresses.last)}`;
  }
  if (ports !== undefined) text += `:${formatRange(ports, '-')}`;
  return basePort === undefined ? text : `${text}/${basePort}`;
}

/** @param dashes empty in a list */
export function formatFlags(range: NatRange, dashes: '' | '--'): string {
  return (
    (range.random === true ? ` ${dashes}random` : '') +
    (range.randomFully === true ? ` ${dashes}random-fully` : '') +
    (range.persistent === true ? ` ${dashes}persistent` : '')
  );
}
