import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { Arguments, matches, usageError } from '../iproute2/arguments.ts';
import { enterNamespace } from '../iproute2/namespace-lookup.ts';
import { commonOption, defaultOptions, type Options } from '../iproute2/options.ts';
import { bridgeFdb } from './fdb.ts';
import { bridgeLink } from './link.ts';
import { bridgeVlan } from './vlan.ts';

/** What a subcommand of `bridge` works with. */
export interface BridgeContext extends CommandContext {
  readonly options: Options;
  /** VLANs that follow each other are shown as a range (`-compressvlans`). */
  readonly compressVlans: boolean;
}

type Subcommand = (context: BridgeContext, words: Arguments) => number;

/** The objects in iproute2's order; null for those that podwire has not. */
const OBJECTS: readonly [name: string, subcommand: Subcommand | null][] = [
  ['link', bridgeLink],
  ['fdb', bridgeFdb],
  ['mdb', null],
  ['vlan', bridgeVlan],
  ['vni', null],
  ['monitor', null],
];

const USAGE = `Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { link | fdb | vlan }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -o[neline] | -n[etns] name |
                    -c[ompressvlans] -color -p[retty] -j[son] }
`;

/** bridge(8) of iproute2 6.1: ports, VLANs and forwarding databases of the simulated bridges. */
export const bridge: Command = (context, words) => {
  const list = new Arguments(words);
  const options = defaultOptions();
  let compressVlans = false;
  for (let word = list.peek(); word?.startsWith('-'); word = list.peek()) {
    list.next();
    const option = word.startsWith('--') ? word.slice(1) : word;
    if (matches(option, '-Version')) {
      context.stdout.write('bridge utility, 6.1.0\n');
      return 0;
    }
    if (matches(option, '-compressvlans')) {
      compressVlans = true;
      continue;
    }
    if (matches(option, '-help')) throw new CommandFailure(USAGE, 255);
    if (!commonOption(options, option, list)) {
      throw usageError(`Option "${option}" is unknown, try "bridge help".`);
    }
  }
  const object = list.done ? 'help' : list.next();
  if (matches(object, 'help')) throw new CommandFailure(USAGE, 255);
  const found = OBJECTS.find(([name]) => matches(object, name));
  if (found === undefined) throw usageError(`Object "${object}" is unknown, try "bridge help".`);
  const [name, subcommand] = found;
  if (subcommand === null) throw new NotSupported('bridge', `"bridge ${name}"`);
  const { netns } = options;
  const namespace = netns === undefined ? context.namespace : enterNamespace(context.network, netns);
  return subcommand({ ...context, namespace, options, compressVlans }, list);
};
