import { formatIpv4, formatPrefix, type Ipv4Address, parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { nearestName } from '../nearest-name.ts';
import { parseSubnet } from './addresses.ts';
import { isInterfaceName } from './names.ts';
import { Malformed, notA, textValue } from './text-value.ts';

/** A route as the words of `ip route add` give it. */
export interface RouteText {
  type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  destination: Ipv4Address;
  prefixLength: number;
  gateway?: Ipv4Address;
  dev?: string;
  metric?: number;
  preferredSource?: Ipv4Address;
}

const types = ['blackhole', 'unreachable', 'prohibit'] as const;
const words = ['via', 'dev', 'metric', 'src'] as const;

/** Reads `[blackhole|unreachable|prohibit] PREFIX|default [via ADDRESS] [dev NAME] [metric N] [src ADDRESS]`. */
export function parseRoute(text: string): RouteText | Malformed {
  const tokens = text.split(/\s+/);
  const type = types.find((name) => name === tokens[0]);
  if (type !== undefined) tokens.shift();
  const destination = parseDestination(tokens.shift() ?? '');
  if (destination instanceof Malformed) return destination;
  const route: RouteText = { type: type ?? 'unicast', ...destination };
  while (tokens.length > 0) {
    const problem = readOption(route, tokens.shift()!, tokens.shift());
    if (problem !== undefined) return problem;
  }
  const hasWayOut = route.gateway !== undefined || route.dev !== undefined;
  if (type === undefined && !hasWayOut) return new Malformed(`"${text}" says neither via nor dev`);
  if (type !== undefined && hasWayOut) return new Malformed(`a ${type} route goes nowhere: no via, no dev`);
  return route;
}

/** The text that `parseRoute` reads back as the same route. */
export function printRoute(route: RouteText): string {
  const parts: string[] = route.type === 'unicast' ? [] : [route.type];
  const { destination: address, prefixLength: length } = route;
  parts.push(length === 0 ? 'default' : formatPrefix({ address, length }));
  if (route.gateway !== undefined) parts.push('via', formatIpv4(route.gateway));
  if (route.dev !== undefined) parts.push('dev', route.dev);
  if (route.metric !== undefined) parts.push('metric', String(route.metric));
  if (route.preferredSource !== undefined) parts.push('src', formatIpv4(route.preferredSource));
  return parts.join(' ');
}

export const route = textValue<RouteText>({
  id: 'Route',
  type: 'object',
  expected: 'a route such as "10.244.2.0/24 via 192.168.1.12"',
  parse: parseRoute,
  print: printRoute,
});

/** A lone address is a /32, as with `ip route add`. */
function parseDestination(text: string): { destination: Ipv4Address; prefixLength: number } | Malformed {
  if (text === 'default') return { destination: 0, prefixLength: 0 };
  const address = parseIpv4(text);
  if (address !== undefined) return { destination: address, prefixLength: 32 };
  const prefix = parseSubnet(text);
  if (prefix instanceof Malformed) return prefix;
  return { destination: prefix.address, prefixLength: prefix.length };
}

function readOption(route: RouteText, word: string, value: string | undefined): Malformed | undefined {
  if (!words.some((known) => known === word)) {
    return new Malformed(`"${word}" is not a word of a route`, {
      expected: words.join(', '),
      nearest: nearestName(word, words),
    });
  }
  if (value === undefined) return new Malformed(`nothing after "${word}"`);
  if (word === 'dev') {
    route.dev = value;
    return isInterfaceName(value) ? undefined : notA('an interface name', value);
  }
  if (word === 'metric') {
    route.metric = Number(value);
    return /^\d{1,9}$/.test(value) ? undefined : notA('a metric', value);
  }
  const address = parseIpv4(value);
  if (address === undefined) return notA('an IPv4 address', value);
  if (word === 'via') route.gateway = address;
  else route.preferredSource = address;
  return undefined;
}
