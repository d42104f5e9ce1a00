import type { Command, CommandContext, CommandOutcome } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { FileTree } from '../../file-tree.ts';
import { Arguments, invalidArgument, keywordOf, matches, usageError } from '../iproute2/arguments.ts';
import { enterNamespace } from '../iproute2/namespace-lookup.ts';
import { commonOption, defaultOptions, type Options } from '../iproute2/options.ts';
import { ipAddress } from './address.ts';
import type { IpContext } from './context.ts';
import { ipLink } from './link.ts';
import { ipNeighbour } from './neighbour.ts';
import { ipNetns } from './netns.ts';
import { ipRoute } from './route.ts';
import { ipRule } from './rule.ts';

type Subcommand = (context: IpContext, words: Arguments) => CommandOutcome;

/**
 * The objects in iproute2's order, in which abbreviations are looked up; null for those that podwire has
 * not.
 */
const OBJECTS: readonly [name: string, subcommand: Subcommand | null][] = [
  ['address', ipAddress],
  ['addrlabel', null],
  ['maddress', null],
  ['route', ipRoute],
  ['rule', ipRule],
  ['neighbor', ipNeighbour],
  ['neighbour', ipNeighbour],
  ['ntable', null],
  ['ntbl', null],
  ['link', ipLink],
  ['l2tp', null],
  ['fou', null],
  ['ila', null],
  ['macsec', null],
  ['tunnel', null],
  ['tunl', null],
  ['tuntap', null],
  ['tap', null],
  ['token', null],
  ['tcpmetrics', null],
  ['tcp_metrics', null],
  ['monitor', null],
  ['xfrm', null],
  ['mroute', null],
  ['mrule', null],
  ['netns', ipNetns],
  ['netconf', null],
  ['vrf', null],
  ['sr', null],
  ['nexthop', null],
  ['mptcp', null],
  ['ioam', null],
  ['stats', null],
];

const FAMILIES: readonly Options['family'][] = ['inet', 'inet6', 'link', 'bridge', 'mpls'];

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbour | netns | route | rule }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -j[son] | -p[retty] |
                    -f[amily] { inet | link } | -4 | -0 | -br[ief] | -o[neline] |
                    -n[etns] name | -c[olor] }
`;

/** ip(8) of iproute2 6.1: addresses, links, routes, neighbours and namespaces of the simulated node. */
export const ip: Command = (context, words) => {
  const list = new Arguments(words);
  const options = parseOptions(list, context);
  if (options === 'done') return 0;
  const object = list.done ? 'help' : list.next();
  if (object === 'help') throw new CommandFailure(USAGE, 255);
  const found = OBJECTS.find(([name]) => matches(object, name));
  if (found === undefined) {
    throw new CommandFailure(`Object "${object}" is unknown, try "ip help".\n`, 1);
  }
  const [name, subcommand] = found;
  if (subcommand === null) throw new NotSupported('ip', `"ip ${name}"`);
  return subcommand(enter(context, options), list);
};

function enter(context: CommandContext, options: Options): IpContext {
  if (options.netns === undefined) return { ...context, options };
  const namespace = enterNamespace(context.network, options.netns);
  return { ...context, options, namespace, files: new FileTree(namespace) };
}

function parseOptions(words: Arguments, context: CommandContext): Options | 'done' {
  const options = defaultOptions();
  for (let word = words.peek(); word?.startsWith('-'); word = words.peek()) {
    words.next();
    if (word === '--') break;
    const option = word.startsWith('--') ? word.slice(1) : word;
    if (matches(option, '-Version')) {
      context.stdout.write('ip utility, iproute2-6.1.0, podwire\n');
      return 'done';
    }
    if (!familyOption(options, option, words) && !ownOption(options, option, words)) {
      if (!commonOption(options, option, words)) {
        throw usageError(`Option "${option}" is unknown, try "ip -help".`);
      }
    }
  }
  return options;
}

function familyOption(options: Options, option: string, words: Arguments): boolean {
  if (option === '-4') options.family = 'inet';
  else if (option === '-6') options.family = 'inet6';
  else if (option === '-0') options.family = 'link';
  else if (option === '-B') options.family = 'bridge';
  else if (option === '-M') options.family = 'mpls';
  else if (matches(option, '-family')) {
    const word = words.next();
    const family = FAMILIES.find((name) => name === word);
    if (family === undefined) throw invalidArgument('invalid protocol family', word);
    options.family = family;
  } else return false;
  return true;
}

/**
 * Options of `ip` that `bridge` does not have; -h, -iec, -r, -N, -a and -l change nothing that podwire
 * prints.
 */
function ownOption(options: Options, option: string, words: Arguments): boolean {
  const key = keywordOf(option, [
    '-loops',
    '-human-readable',
    '-iec',
    '-resolve',
    '-batch',
    '-brief',
    '-rcvbuf',
    '-help',
    '-Numeric',
    '-all',
  ]);
  if (key === '-batch') throw new NotSupported('ip', '-batch');
  if (key === '-help') throw new CommandFailure(USAGE, 255);
  if (key === '-loops' || key === '-rcvbuf') words.next();
  if (key === '-brief') options.brief = true;
  return key !== undefined;
}
