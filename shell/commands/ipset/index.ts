import type { SetView } from '../../../models/netfilter/control-types.ts';
import { ControlError } from '../../../models/netns/control-error.ts';
import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { splitLine } from '../iptables/split-line.ts';
import { add, del, findSet, test } from './change.ts';
import type { IpsetContext } from './context.ts';
import { create } from './create.ts';
import { failure, usageError } from './errors.ts';
import { listSet, saveSet } from './list.ts';
import { type Options, parseOptions } from './options.ts';

const VERSION = 'ipset v7.17, protocol version: 7\n';
const USAGE = `ipset v7.17

Usage: ipset [options] COMMAND

Commands:
create SETNAME TYPENAME [type-specific-options]
add SETNAME ENTRY
del SETNAME ENTRY
test SETNAME ENTRY
destroy [SETNAME]
list [SETNAME]
save [SETNAME]
restore
flush [SETNAME]
rename FROM-SETNAME TO-SETNAME
swap FROM-SETNAME TO-SETNAME
help
version

Options: -o plain|save, -s, -q, -!, -n, -t

Types: hash:ip, hash:net, hash:ip,port, list:set
`;

type Verb =
  | 'create'
  | 'add'
  | 'del'
  | 'test'
  | 'destroy'
  | 'list'
  | 'save'
  | 'restore'
  | 'flush'
  | 'rename'
  | 'swap'
  | 'help'
  | 'version';

/** In the order in which abbreviations are looked up, with their other names and how many words they need and take. */
const VERBS: readonly { verb: Verb; others: readonly string[]; needs: number; takes: number }[] = [
  { verb: 'create', others: ['-N', 'n', '--create'], needs: 2, takes: Number.POSITIVE_INFINITY },
  { verb: 'add', others: ['-A', '--add'], needs: 2, takes: Number.POSITIVE_INFINITY },
  { verb: 'del', others: ['-D', '--del'], needs: 2, takes: Number.POSITIVE_INFINITY },
  { verb: 'test', others: ['-T', '--test'], needs: 2, takes: Number.POSITIVE_INFINITY },
  { verb: 'destroy', others: ['-X', 'x', '--destroy'], needs: 0, takes: 1 },
  { verb: 'list', others: ['-L', '--list'], needs: 0, takes: 1 },
  { verb: 'save', others: ['-S', '--save'], needs: 0, takes: 1 },
  { verb: 'restore', others: ['-R', '--restore'], needs: 0, takes: 0 },
  { verb: 'flush', others: ['-F', '--flush'], needs: 0, takes: 1 },
  { verb: 'rename', others: ['-E', 'e', '--rename'], needs: 2, takes: 2 },
  { verb: 'swap', others: ['-W', 'w', '--swap'], needs: 2, takes: 2 },
  { verb: 'help', others: ['-h', '-H', '--help'], needs: 0, takes: 1 },
  { verb: 'version', others: ['-v', '-V', '--version'], needs: 0, takes: 0 },
];

/** ipset(8) of ipset 7.17: the sets that rules may match against. */
export const ipset: Command = (context, words) => {
  const { options, rest } = parseOptions(words);
  try {
    return run(context, options, rest);
  } catch (error) {
    if (error instanceof CommandFailure && options.quiet && !(error instanceof NotSupported)) {
      return error.status;
    }
    throw error;
  }
};

function run(context: CommandContext, options: Options, words: readonly string[]): number {
  const [word, ...rest] = words;
  if (word === undefined) throw usageError('No command specified.');
  const found = VERBS.find(({ verb, others }) => verb.startsWith(word) || others.includes(word));
  if (found === undefined) throw usageError(`No command specified: unknown argument ${word}`);
  const { verb, needs, takes } = found;
  if (rest.length < needs) {
    const missing = rest.length === 0 ? 'mandatory' : 'second mandatory';
    throw usageError(`Missing ${missing} argument to command ${verb}`);
  }
  if (rest.length > takes) throw usageError(`Unknown argument ${rest[takes]}`);
  if (verb === 'restore') return restore(context, options);
  const { netfilter } = context.namespace;
  const ipsetContext: IpsetContext = { netfilter, hosts: context.hosts, exist: options.exist };
  return carryOut(context, ipsetContext, options, verb, rest);
}

function carryOut(
  { stdout, stderr }: CommandContext,
  context: IpsetContext,
  options: Options,
  verb: Verb,
  words: readonly string[],
): number {
  if (verb === 'create') create(context, words);
  else if (verb === 'add') add(context, words);
  else if (verb === 'del') del(context, words);
  else if (verb === 'test') {
    const { found, text } = test(context, words);
    const [name] = words;
    const answer = found ? `Warning: ${text} is in set ${name}.\n` : `${text} is NOT in set ${name}.\n`;
    if (!options.quiet) stderr.write(answer);
    return found ? 0 : 1;
  } else if (verb === 'list' || verb === 'save') stdout.write(show(context, options, verb, words[0]));
  else if (verb === 'help') stdout.write(USAGE);
  else if (verb === 'version') stdout.write(VERSION);
  else manage(context, verb, words);
  return 0;
}

function show(
  context: IpsetContext,
  options: Options,
  verb: 'list' | 'save',
  name: string | undefined,
): string {
  const sets = name === undefined ? allSets(context) : [findSet(context, name)];
  if (options.names) return sets.map((set) => `${set.name}\n`).join('');
  if (options.output === 'xml') throw new NotSupported('ipset', '-output xml');
  if ((options.output ?? (verb === 'save' ? 'save' : 'plain')) === 'save') {
    return sets.map((set) => saveSet(set, options.sorted)).join('');
  }
  return sets.map((set) => listSet(set, options)).join('\n');
}

/** Lists of sets come after the sets that they may hold. */
function allSets({ netfilter }: IpsetContext): SetView[] {
  const sets = netfilter.sets();
  const isList = ({ type }: SetView) => type === 'list:set';
  return [...sets.filter((set) => !isList(set)), ...sets.filter(isList)];
}

function manage(context: IpsetContext, verb: Verb, [name, other]: readonly string[]): void {
  const { netfilter } = context;
  if (name !== undefined) findSet(context, name);
  try {
    if (verb === 'flush') netfilter.flushSet(name);
    else if (verb === 'destroy') netfilter.deleteSet(name);
    else if (verb === 'rename') netfilter.renameSet(name, other);
    else if (netfilter.set(other) === undefined) {
      throw failure('Sets cannot be swapped: the second set does not exist');
    } else netfilter.swapSets(name, other);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    throw refusal(error, verb);
  }
}

function refusal({ errno, message }: ControlError, verb: Verb): CommandFailure {
  if (verb === 'destroy' && errno === 'EBUSY') {
    return failure('Set cannot be destroyed: it is in use by a kernel component');
  }
  if (verb === 'rename' && errno === 'EEXIST') {
    return failure('Set cannot be renamed: a set with the new name already exists');
  }
  if (verb === 'rename' && errno === 'EBUSY') {
    return failure('Set cannot be renamed: it is in use by another system');
  }
  if (verb === 'swap') return failure('The sets cannot be swapped: they type does not match');
  return failure(`Kernel error received: ${message}`);
}

/** `ipset restore`: a command on each line of standard input. */
function restore(context: CommandContext, options: Options): number {
  const lines = context.stdin.split('\n');
  for (const [index, line] of lines.entries()) {
    const words = splitLine(line);
    if (words.length === 0 || words[0].startsWith('#') || words[0] === 'COMMIT') continue;
    try {
      const own = parseOptions(words);
      run(context, { ...own.options, exist: options.exist || own.options.exist }, own.rest);
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.status !== 1 || error instanceof NotSupported)
        throw error;
      const message = error.message.replace('ipset v7.17: ', `ipset v7.17: Error in line ${index + 1}: `);
      throw new CommandFailure(message, error.status);
    }
  }
  return 0;
}
