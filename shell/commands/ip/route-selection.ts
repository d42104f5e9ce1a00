import { RouteTable, type RouteType, type RouteView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { type Ipv4Prefix, prefixMask } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, invalidArgument, matches } from '../iproute2/arguments.ts';
import { protocols, routeType, scopes, tables } from '../iproute2/names.ts';
import { integer, prefix } from '../iproute2/values.ts';
import type { RouteFormat } from './route-format.ts';

/** Which routes `ip route show` and `ip route flush` mean. */
export interface RouteSelection {
  /** A table's number, `all`, or `cache` for what is remembered of path MTUs and redirects. */
  table: number | 'all' | 'cache';
  /** Routes within this prefix. */
  root?: Ipv4Prefix;
  /** Routes that contain this prefix. */
  match?: Ipv4Prefix;
  via?: Ipv4Prefix;
  source?: Ipv4Prefix;
  device?: string;
  protocol?: number;
  scope?: number;
  type?: RouteType;
  metric?: number;
}

export function parseSelection(words: Arguments, namespace: NetworkNamespace): RouteSelection {
  const selection: RouteSelection = { table: RouteTable.main };
  while (!words.done) selectBy(selection, words);
  if (selection.device !== undefined && namespace.link(selection.device) === undefined) {
    throw new CommandFailure(`Cannot find device "${selection.device}"\n`, 1);
  }
  return selection;
}

function selectBy(selection: RouteSelection, words: Arguments): void {
  const word = words.next();
  if (matches(word, 'table')) selection.table = table(words.next());
  else if (matches(word, 'cached') || matches(word, 'cloned')) selection.table = 'cache';
  else if (word === 'dev' || word === 'oif') selection.device = words.next();
  else if (matches(word, 'protocol')) selection.protocol = protocol(words.next());
  else if (matches(word, 'scope')) selection.scope = scope(words.next());
  else if (matches(word, 'type')) selection.type = type(words.next());
  else if (word === 'via') selection.via = prefix(word === 'via' ? familyWord(words) : word);
  else if (word === 'src') selection.source = prefix(words.next());
  else if (matches(word, 'metric') || matches(word, 'priority') || word === 'preference') {
    selection.metric = integer(words.next(), '"metric" value is invalid\n');
  } else if (['from', 'iif', 'tos', 'dsfield', 'mark', 'vrf', 'realms', 'nhid'].includes(word)) {
    throw new NotSupported('ip route', `selecting by "${word}"`);
  } else selectDestination(selection, word, words);
}

function familyWord(words: Arguments): string {
  words.accept('inet');
  return words.next();
}

/** `[to] [root|match|exact] PREFIX`; a bare prefix is exact. */
function selectDestination(selection: RouteSelection, first: string, words: Arguments): void {
  const word = first === 'to' ? words.next() : first;
  if (matches(word, 'root')) selection.root = prefix(words.next());
  else if (matches(word, 'match')) selection.match = prefix(words.next());
  else {
    const exact = prefix(matches(word, 'exact') ? words.next() : word);
    selection.root = exact;
    selection.match = exact;
  }
}

function table(word: string): RouteSelection['table'] {
  if (word === 'all') return 'all';
  if (word === 'cache') return 'cache';
  const number = tables.number(word);
  if (number === undefined) throw invalidArgument('table id value is invalid\n', word);
  return number === 0 ? 'all' : number;
}

function protocol(word: string): number | undefined {
  if (word === 'all') return undefined;
  const number = protocols.number(word);
  if (number === undefined) throw invalidArgument('invalid "protocol"\n', word);
  return number;
}

function scope(word: string): number | undefined {
  if (word === 'all') return undefined;
  const number = scopes.number(word);
  if (number === undefined) throw invalidArgument('invalid "scope"\n', word);
  return number;
}

function type(word: string): RouteType {
  const found = routeType(word);
  if (found === undefined) throw invalidArgument('node type value is invalid\n', word);
  return found;
}

function within(inner: number, innerLength: number, outer: Ipv4Prefix): boolean {
  return innerLength >= outer.length && ((inner ^ outer.address) & prefixMask(outer.length)) === 0;
}

/**
 * Whether a route is meant. Routes with several next hops have neither a device nor a gateway of their own.
 */
export function selectsRoute(selection: RouteSelection, route: RouteView): boolean {
  const { root, match, via, source, protocol: maker, scope: reach, metric } = selection;
  const hop = route.nexthops.length === 1 ? route.nexthops[0] : undefined;
  if (root !== undefined && !within(route.destination, route.prefixLength, root)) return false;
  if (match !== undefined) {
    const outer = { address: route.destination, length: route.prefixLength };
    if (!within(match.address, match.length, outer)) return false;
  }
  if (via !== undefined && !within(hop?.gateway ?? 0, 32, via)) return false;
  if (source !== undefined && !within(route.preferredSource ?? 0, 32, source)) return false;
  if (selection.device !== undefined && hop?.dev !== selection.device) return false;
  if (selection.type !== undefined && route.type !== selection.type) return false;
  if (maker !== undefined && route.protocol !== maker) return false;
  if (reach !== undefined && route.scope !== reach) return false;
  return metric === undefined || route.metric === metric;
}

/** What the selection has said already is not printed again. */
export function hiddenParts(selection: RouteSelection): RouteFormat['hide'] {
  const hide = new Set<'table' | 'via' | 'dev' | 'proto' | 'scope' | 'src' | 'metric'>();
  if (selection.table !== 'all') hide.add('table');
  if (selection.via?.length === 32) hide.add('via');
  if (selection.source?.length === 32) hide.add('src');
  if (selection.device !== undefined) hide.add('dev');
  if (selection.protocol !== undefined) hide.add('proto');
  if (selection.scope !== undefined) hide.add('scope');
  if (selection.metric !== undefined) hide.add('metric');
  return hide;
}
