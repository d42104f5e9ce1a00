import type { NeighbourSpec, NeighbourState, NeighbourView } from '../../../models/netns/control-types.ts';
import type { ProxyNeighbour } from '../../../models/netns/neighbour/neighbour-control.ts';
import {
  formatIpv4,
  type Ipv4Address,
  type Ipv4Prefix,
  prefixMask,
} from '../../../models/wire/ipv4-address.ts';
import { formatMac, type MacAddress } from '../../../models/wire/mac-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, invalidArgument, keywordOf, matches, usageError } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { request } from '../iproute2/kernel-request.ts';
import type { Options } from '../iproute2/options.ts';
import { print } from '../iproute2/output.ts';
import { address, macAddress, once, prefix } from '../iproute2/values.ts';
import type { IpContext } from './context.ts';
import { reportFlush } from './flush-report.ts';

const SECOND = 1e9;

const USAGE = `Usage: ip neigh { add | del | change | replace } ADDR [ lladdr LLADDR ] [ nud STATE ] dev DEV
       ip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]
       ip neigh get ADDR dev DEV
STATE := { permanent | noarp | stale | reachable | none | incomplete | delay | probe | failed }
`;

const STATES: readonly NeighbourState[] = [
  'permanent',
  'reachable',
  'noarp',
  'none',
  'stale',
  'incomplete',
  'delay',
  'probe',
  'failed',
];

/** `ip neigh` */
export function ipNeighbour(context: IpContext, words: Arguments): number {
  if (words.done) return show(context, words);
  const command = words.next();
  const keywords = ['add', 'change', 'replace', 'delete', 'get', 'show', 'list', 'flush', 'help'] as const;
  const keyword = command === 'chg' ? 'change' : command === 'lst' ? 'list' : keywordOf(command, keywords);
  switch (keyword) {
    case 'add':
    case 'change':
    case 'replace':
      return set(context, words, keyword);
    case 'delete':
      return remove(context, words);
    case 'get':
      return get(context, words);
    case 'show':
    case 'list':
      return show(context, words);
    case 'flush':
      return flush(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
  }
  throw usageError(`Command "${command}" is unknown, try "ip neigh help".`);
}

/** What a line names; `proxy`: an address that this host answers for. */
type Target = NeighbourSpec & { proxy: boolean };

function set(context: IpContext, words: Arguments, mode: 'add' | 'change' | 'replace'): number {
  const { proxy, ...target } = parseTarget(context, words);
  request(2, () => {
    if (proxy) context.namespace.addProxyNeighbour(target.address, target.dev);
    else context.namespace.setNeighbour(target, mode);
  });
  return 0;
}

function remove(context: IpContext, words: Arguments): number {
  const { address: target, dev, proxy } = parseTarget(context, words);
  request(2, () => {
    if (proxy) context.namespace.deleteProxyNeighbour(target, dev);
    else context.namespace.deleteNeighbour(target, dev);
  });
  return 0;
}

function get(context: IpContext, words: Arguments): number {
  const target = parseTarget(context, words);
  if (target.proxy) {
    const known = context.namespace
      .proxyNeighbours()
      .filter(({ address: other, dev }) => other === target.address && dev === target.dev);
    if (known.length === 0) throw new CommandFailure('RTNETLINK answers: No such file or directory\n', 2);
    print(
      context.stdout,
      context.options,
      known.map((proxy) => proxyEntry(proxy, true)),
    );
    return 0;
  }
  const found = context.namespace
    .neighbours()
    .find((neighbour) => neighbour.address === target.address && neighbour.dev === target.dev);
  if (found === undefined) throw new CommandFailure('RTNETLINK answers: No such file or directory\n', 2);
  print(context.stdout, context.options, [neighbourEntry(found, context.options, false)]);
  return 0;
}

function parseTarget({ namespace }: IpContext, words: Arguments): Target {
  let destination: Ipv4Address | undefined;
  let dev: string | undefined;
  const rest: Omit<Target, 'address' | 'dev'> = { proxy: false };
  while (!words.done) {
    const word = words.next();
    if (matches(word, 'lladdr')) rest.mac = linkLayerAddress(words.next());
    else if (word === 'nud') rest.state = state(words.next());
    else if (word === 'router') rest.router = true;
    else if (matches(word, 'managed')) rest.managed = true;
    else if (matches(word, 'extern_learn')) rest.externLearned = true;
    else if (word === 'dev') dev = words.next();
    else {
      if (matches(word, 'proxy')) rest.proxy = true;
      const text = word === 'to' || rest.proxy ? words.next() : word;
      once(destination, 'to', text);
      destination = address(text);
    }
  }
  // a proxy without a device answers by every one
  if (rest.proxy && destination !== undefined && dev === undefined) {
    return { address: destination, dev: '', ...rest };
  }
  if (dev === undefined || destination === undefined) {
    throw usageError('Device and destination are required arguments.');
  }
  if (namespace.link(dev) === undefined) throw new CommandFailure(`Cannot find device "${dev}"\n`, 1);
  return { address: destination, dev, ...rest };
}

/** The length is checked by the kernel, not by ip. */
function linkLayerAddress(word: string): MacAddress | undefined {
  if (word === 'null') return undefined;
  return macAddress(word, () => new CommandFailure('Error: Invalid link address.\n', 2));
}

function state(word: string): NeighbourState {
  const abbreviable = keywordOf(word, ['permanent', 'reachable', 'failed'] as const);
  const found = abbreviable ?? STATES.find((name) => name === word);
  if (found === undefined) throw invalidArgument('nud state is bad', word);
  return found;
}

interface Selection {
  dev?: string;
  to?: Ipv4Prefix;
  states: ReadonlySet<NeighbourState>;
  proxy: boolean;
}

function parseSelection(
  { namespace }: IpContext,
  words: Arguments,
  initial: readonly NeighbourState[],
): Selection {
  const selection: Selection = { states: new Set(initial), proxy: false };
  let asked: NeighbourState[] | undefined;
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') selection.dev = words.next();
    else if (word === 'nud') {
      const name = words.next();
      asked = [...(asked ?? []), ...(name === 'all' ? STATES : [state(name)])];
    } else if (word === 'proxy') selection.proxy = true;
    else if (['unused', 'vrf', 'master', 'nomaster', 'router', 'managed'].includes(word)) {
      throw new NotSupported('ip neigh', `selecting by "${word}"`);
    } else selection.to = prefix(word === 'to' ? words.next() : word);
  }
  if (selection.dev !== undefined && namespace.link(selection.dev) === undefined) {
    throw new CommandFailure(`Cannot find device "${selection.dev}"\n`, 1);
  }
  return asked === undefined ? selection : { ...selection, states: new Set(asked) };
}

function selected({ namespace, options }: IpContext, { dev, to, states }: Selection): NeighbourView[] {
  if (options.family !== 'any' && options.family !== 'inet') return [];
  return namespace
    .neighbours()
    .filter(
      (neighbour) =>
        (states.has(neighbour.state) || neighbour.externLearned) &&
        (dev === undefined || neighbour.dev === dev) &&
        (to === undefined || ((neighbour.address ^ to.address) & prefixMask(to.length)) === 0),
    );
}

function show(context: IpContext, words: Arguments): number {
  const { stdout, options } = context;
  const hidden: NeighbourState[] = ['noarp', 'none'];
  const selection = parseSelection(
    context,
    words,
    STATES.filter((name) => !hidden.includes(name)),
  );
  if (selection.proxy) {
    const entries = selectedProxies(context, selection).map((proxy) =>
      proxyEntry(proxy, selection.dev !== undefined),
    );
    print(stdout, options, entries);
    return 0;
  }
  const neighbours = selected(context, selection);
  print(
    stdout,
    options,
    neighbours.map((neighbour) => neighbourEntry(neighbour, context.options, selection.dev !== undefined)),
  );
  return 0;
}

function selectedProxies({ namespace, options }: IpContext, { dev, to }: Selection): ProxyNeighbour[] {
  if (options.family !== 'any' && options.family !== 'inet') return [];
  const within = (address: Ipv4Address) =>
    to === undefined || ((address ^ to.address) & prefixMask(to.length)) === 0;
  return namespace
    .proxyNeighbours()
    .filter((proxy) => (dev === undefined || proxy.dev === dev) && within(proxy.address));
}

function proxyEntry(proxy: ProxyNeighbour, deviceIsKnown: boolean): Entry {
  const entry = new Entry().field('dst', formatIpv4(proxy.address));
  if (!deviceIsKnown && proxy.dev !== '') entry.field('dev', proxy.dev, `dev ${proxy.dev} `);
  return entry.field('proxy', null, 'proxy ');
}

/**
 * `ip neigh flush`: what is neither permanent nor NOARP, unless states are named. Failed entries go by
 * themselves.
 */
function flush(context: IpContext, words: Arguments): number {
  if (words.done) throw new CommandFailure('Flush requires arguments.\n', 1);
  const kept: NeighbourState[] = ['permanent', 'noarp'];
  const selection = parseSelection(
    context,
    words,
    STATES.filter((name) => !kept.includes(name)),
  );
  if (selection.proxy) {
    for (const proxy of selectedProxies(context, selection)) {
      request(2, () => context.namespace.deleteProxyNeighbour(proxy.address, proxy.dev));
    }
    return 0;
  }
  const neighbours = selected(context, selection).filter(({ state: current }) => current !== 'failed');
  for (const { address: target, dev } of neighbours) {
    request(2, () => context.namespace.deleteNeighbour(target, dev));
  }
  const texts = neighbours.map(
    (neighbour) => neighbourEntry(neighbour, context.options, selection.dev !== undefined).text,
  );
  reportFlush(context, texts, 'entries');
  return 0;
}

/** States in which a timer runs; it holds a reference to the entry (Linux NUD_IN_TIMER). */
const TIMED: readonly NeighbourState[] = ['incomplete', 'reachable', 'delay', 'probe'];

function neighbourEntry(neighbour: NeighbourView, options: Options, deviceIsKnown: boolean): Entry {
  const entry = new Entry().field('dst', formatIpv4(neighbour.address));
  if (!deviceIsKnown) entry.field('dev', neighbour.dev, `dev ${neighbour.dev} `);
  if (neighbour.mac !== undefined) {
    const mac = formatMac(neighbour.mac);
    entry.field('lladdr', mac, `lladdr ${mac} `);
  }
  if (options.statistics > 0) addStatistics(entry, neighbour);
  for (const [flag, word] of FLAGS) if (neighbour[flag]) entry.field(word, null, `${word} `);
  const name = neighbour.state.toUpperCase();
  if (neighbour.state !== 'none') entry.field('state', [name], `${name} `);
  return entry;
}

const FLAGS = [
  ['router', 'router'],
  ['externLearned', 'extern_learn'],
  ['managed', 'managed'],
] as const;

function addStatistics(entry: Entry, neighbour: NeighbourView): void {
  const seconds = (time: number) => Math.floor(time / SECOND);
  const [used, confirmed, updated] = [neighbour.used, neighbour.confirmed, neighbour.updated].map(seconds);
  if (TIMED.includes(neighbour.state)) entry.field('refcnt', 1, ' ref 1');
  entry.field('used', used, ` used ${used}/`).field('confirmed', confirmed, `${confirmed}/`);
  entry.field('updated', updated, String(updated));
  entry.field('probes', neighbour.probes, `probes ${neighbour.probes} `);
}
