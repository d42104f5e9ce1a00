import type { RouteType } from '../../../models/netns/control-types.ts';
import { formatIpv4, type Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, matches } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { request } from '../iproute2/kernel-request.ts';
import { tables } from '../iproute2/names.ts';
import { print } from '../iproute2/output.ts';
import { dsfield, integer, ipProtocol, prefix } from '../iproute2/values.ts';
import type { IpContext } from './context.ts';
import { routeEntry } from './route-format.ts';

interface Question {
  destination: Ipv4Address;
  from?: Ipv4Address;
  iif?: string;
  oif?: string;
  tos?: number;
  mark?: number;
  protocol?: number;
  sourcePort?: number;
  destinationPort?: number;
  /** Show the entry that matched instead of the decision. */
  fibMatch: boolean;
}

type Answer = ReturnType<IpContext['namespace']['getRoute']>;

/** What the kernel remembers of a decision beside its way (RTCF flags). */
const CACHE_FLAGS: Partial<Record<RouteType, readonly string[]>> = {
  local: ['local'],
  broadcast: ['local', 'brd'],
  multicast: ['mc'],
};

/** `ip route get`: which way a packet would take. */
export function getRoute(context: IpContext, words: Arguments): number {
  const { namespace, options, stdout } = context;
  const { fibMatch, destination, ...way } = parse(context, words);
  const answer = request(2, () => namespace.getRoute(destination, way));
  if (fibMatch && answer.route !== undefined) {
    print(stdout, options, [routeEntry(answer.route, { details: options.details, hide: new Set() })]);
  } else print(stdout, options, [answerEntry(context, { fibMatch, destination, ...way }, answer)]);
  return 0;
}

function parse(context: IpContext, words: Arguments): Question {
  const question: Partial<Question> & { fibMatch: boolean } = { fibMatch: false };
  while (!words.done) {
    const word = words.next();
    if (word === 'from') question.from = prefix(words.next()).address;
    else if (word === 'iif') question.iif = device(context, words.next());
    else if (word === 'oif' || word === 'dev') question.oif = device(context, words.next());
    else if (matches(word, 'fibmatch')) question.fibMatch = true;
    else if (word === 'uid') words.next();
    else if (word === 'tos' || matches(word, 'dsfield')) question.tos = dsfield(words.next());
    else if (matches(word, 'mark')) {
      question.mark = integer(words.next(), 'invalid mark value');
    } else if (word === 'ipproto') question.protocol = ipProtocol(words.next());
    else if (word === 'sport') question.sourcePort = port(words.next(), 'sport');
    else if (word === 'dport') question.destinationPort = port(words.next(), 'dport');
    else if (['vrf', 'notify', 'connected'].includes(word)) {
      throw new NotSupported('ip route get', `"${word}"`);
    } else {
      const text = word === 'to' ? words.next() : word;
      const { address, length } = prefix(text, question.destination === undefined ? 'any' : 'inet');
      if (length !== 32) {
        context.stderr.write(`Warning: /${length} as prefix is invalid, only /32 (or none) is supported.\n`);
      }
      question.destination = address;
    }
  }
  const { destination } = question;
  if (destination === undefined) throw new CommandFailure('need at least a destination address\n', 1);
  return { ...question, destination };
}

/** A port by number. */
function port(word: string, key: string): number {
  return integer(word, `invalid ${key}\n`, 1, 0xffff);
}

function device({ namespace }: IpContext, name: string): string {
  if (namespace.link(name) === undefined) throw new CommandFailure(`Cannot find device "${name}"\n`, 1);
  return name;
}

/** What was learnt of the path, and for how long it holds (nanoseconds). */
export function addLearnt(entry: Entry, { expires, mtu }: { expires: number; mtu?: number }): void {
  const seconds = Math.floor(expires / 1e9);
  entry.field('expires', seconds, `expires ${seconds}sec `);
  if (mtu !== undefined) entry.field('metrics', [{ mtu }], `mtu ${mtu} `);
}

function answerEntry({ options }: IpContext, question: Question, answer: Answer): Entry {
  const entry = new Entry();
  const { type, dev, gateway, source } = answer;
  if (type !== 'unicast' || options.details) entry.field('type', type);
  entry.field('dst', formatIpv4(question.destination));
  if (question.from !== undefined) {
    const from = formatIpv4(question.from);
    entry.field('from', from, `from ${from} `);
  }
  if (gateway !== undefined) entry.field('gateway', formatIpv4(gateway), `via ${formatIpv4(gateway)} `);
  entry.field('dev', dev, `dev ${dev} `);
  if (options.details && answer.route !== undefined) {
    const table = tables.name(answer.route.table);
    entry.field('table', table, `table ${table} `);
  }
  if (question.from === undefined && question.iif === undefined) {
    entry.field('prefsrc', formatIpv4(source), `src ${formatIpv4(source)} `);
  }
  entry.member('flags', []);
  if (question.iif === undefined) entry.field('uid', 0, 'uid 0 ');
  const flags = CACHE_FLAGS[type] ?? [];
  entry.field('cache', flags, `\n    cache ${flags.length === 0 ? '' : `<${flags.join(',')}> `}`);
  if (answer.learnt !== undefined) addLearnt(entry, answer.learnt);
  if (question.iif !== undefined) entry.field('iif', question.iif, `iif ${question.iif} `);
  return entry;
}
