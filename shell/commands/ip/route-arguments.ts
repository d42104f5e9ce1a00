import type { NexthopSpec, RouteProtocol, RouteSpec, Scope } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import type { Ipv4Prefix } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import {
  type Arguments,
  garbageArgument,
  invalidArgument,
  matches,
  usageError,
} from '../iproute2/arguments.ts';
import { protocols, routeType, scopes, tables } from '../iproute2/names.ts';
import { address, integer, prefix } from '../iproute2/values.ts';

/** A route as a line of `ip route add|del` describes it: what the line leaves open is undefined. */
export type RouteArguments = Partial<RouteSpec> & { destinationGiven: boolean };

/** Words that iproute2 has for routes and podwire has not; `*` marks those that may be abbreviated. */
const UNMODELLED = [
  'as',
  'nhid',
  'hoplimit*',
  'advmss*',
  'rtt*',
  'rttvar*',
  'reordering*',
  'window*',
  'cwnd*',
  'initcwnd*',
  'initrwnd*',
  'ssthresh*',
  'realms*',
  'rto_min',
  'features*',
  'quickack*',
  'congctl*',
  'pref*',
  'expires*',
  'encap',
  'ttl-propagate',
  'fastopen_no_cookie*',
  'tos',
  'dsfield*',
];

/** Reads the whole of a route. Its nexthops are one made of `via` and `dev`, or those after `nexthop`. */
export function parseRoute(words: Arguments, namespace: NetworkNamespace): RouteArguments {
  return new RouteParser(words, namespace).parse();
}

class RouteParser {
  private readonly route: RouteArguments = { destinationGiven: false };
  private readonly single: NexthopSpec = {};

  constructor(
    private readonly words: Arguments,
    private readonly namespace: NetworkNamespace,
  ) {}

  parse(): RouteArguments {
    while (!this.words.done) this.item(this.words.next());
    const { gateway, dev } = this.single;
    if (dev !== undefined) checkDevice(this.namespace, dev);
    if (gateway !== undefined || dev !== undefined) this.route.nexthops = [this.single];
    return this.route;
  }

  private item(word: string): void {
    const { route, words } = this;
    if (word === 'src') route.preferredSource = address(words.next(), 'inet');
    else if (word === 'via') this.via();
    else if (word === 'from') throw new NotSupported('ip route', '"from"');
    else if (matches(word, 'metric') || matches(word, 'priority') || word === 'preference') {
      route.metric = integer(words.next(), '"metric" value is invalid\n');
    } else if (word === 'scope') route.scope = scope(words.next());
    else if (word === 'mtu') this.mtu();
    else if (word === 'onlink') this.single.onlink = true;
    else if (word === 'nexthop') this.nexthops();
    else if (matches(word, 'protocol')) route.protocol = protocol(words.next());
    else if (matches(word, 'table')) route.table = table(words.next());
    else if (word === 'dev' || word === 'oif') this.single.dev = words.next();
    else this.typeOrDestination(word);
  }

  private via(): void {
    if (this.single.gateway !== undefined || this.route.nexthops !== undefined) {
      throw invalidArgument('use nexthop syntax to specify multiple via\n', 'via');
    }
    this.single.gateway = gateway(this.words);
  }

  private mtu(): void {
    if (this.words.accept('lock')) throw new NotSupported('ip route', '"mtu lock"');
    this.route.mtu = integer(this.words.next(), '"mtu" value is invalid\n');
  }

  private typeOrDestination(word: string): void {
    const unmodelled = UNMODELLED.find((key) =>
      key.endsWith('*') ? matches(word, key.slice(0, -1)) : word === key,
    );
    if (unmodelled !== undefined && !/^\d/.test(word)) {
      throw new NotSupported('ip route', `"${unmodelled.replace('*', '')}"`);
    }
    const { route, words } = this;
    let text = word === 'to' ? words.next() : word;
    const type = /^[\d.]/.test(text) ? undefined : routeType(text);
    if (type !== undefined) {
      route.type = type;
      text = words.next();
    }
    if (route.destinationGiven) throw garbageArgument('to', text);
    const { address: destination, length }: Ipv4Prefix = prefix(text);
    Object.assign(route, { destination, prefixLength: length, destinationGiven: true });
  }

  /** Everything from the first `nexthop` to the end of the line. */
  private nexthops(): void {
    const hops: NexthopSpec[] = [];
    do {
      if (this.words.done) throw usageError('Error: unexpected end of line after "nexthop"');
      hops.push(this.nexthop());
    } while (this.words.accept('nexthop'));
    if (!this.words.done) throw notANexthop(this.words.next());
    this.route.nexthops = hops;
  }

  private nexthop(): NexthopSpec {
    const { words } = this;
    const hop: NexthopSpec = {};
    for (let word = words.peek(); word !== undefined && word !== 'nexthop'; word = words.peek()) {
      words.next();
      if (word === 'via') hop.gateway = gateway(words);
      else if (word === 'dev') hop.dev = checkDevice(this.namespace, words.next());
      else if (word === 'weight') hop.weight = integer(words.next(), '"weight" is invalid\n', 1, 256);
      else if (word === 'onlink') hop.onlink = true;
      else throw notANexthop(word);
    }
    return hop;
  }
}

function notANexthop(word: string): CommandFailure {
  return usageError(`Error: "nexthop" or end of line is expected instead of "${word}"`);
}

function gateway(words: Arguments): number {
  const word = words.next();
  if (word === 'inet6') throw new NotSupported('ip route', 'IPv6');
  return address(word === 'inet' ? words.next() : word, 'inet');
}

function checkDevice(namespace: NetworkNamespace, name: string): string {
  if (namespace.link(name) === undefined) throw new CommandFailure(`Cannot find device "${name}"\n`, 1);
  return name;
}

function scope(word: string): Scope {
  const number = scopes.number(word);
  if (number === undefined) throw invalidArgument('invalid "scope" value\n', word);
  return number as Scope;
}

function protocol(word: string): RouteProtocol {
  const number = protocols.number(word);
  if (number === undefined) throw invalidArgument('"protocol" value is invalid\n', word);
  return number as RouteProtocol;
}

function table(word: string): number {
  const number = tables.number(word);
  if (number === undefined) throw invalidArgument('"table" value is invalid\n', word);
  return number;
}
