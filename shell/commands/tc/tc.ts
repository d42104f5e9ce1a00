import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { Arguments, keywordOf, matches, usageError } from '../iproute2/arguments.ts';
import { writeJson } from '../iproute2/json-writer.ts';
import { request } from '../iproute2/kernel-request.ts';
import { formatQdisc, qdiscJson } from './qdisc-format.ts';
import { parseClass, parsePlace } from './qdisc-place.ts';
import type { QdiscSyntax } from './qdisc-syntax.ts';
import { syntaxes, unmodelledKinds } from './syntaxes.ts';

const OBJECTS = ['qdisc', 'class', 'filter', 'chain', 'action', 'monitor', 'exec'] as const;
const COMMANDS = ['add', 'change', 'replace', 'delete', 'list', 'show', 'lst', 'help'] as const;

const USAGE = `Usage: tc qdisc { add | del | replace | change } dev STRING { root | parent CLASSID } [ handle MAJOR: ]
       [ QDISC_KIND OPTIONS ]
       tc [ -s ] [ -j ] qdisc show [ dev STRING ] [ root | parent CLASSID ]
QDISC_KIND := { ${Object.keys(syntaxes).join(' | ')} }
`;

/** tc(8): queueing disciplines of interfaces. */
export const tc: Command = (context, words) => {
  const flags = words.filter((word) => word.startsWith('-'));
  const rest = new Arguments(words.slice(flags.length));
  const name = rest.done ? 'help' : rest.next();
  const object = keywordOf(name, OBJECTS);
  if (object === undefined) throw usageError(`Object "${name}" is unknown, try "tc help".`);
  if (object !== 'qdisc') throw new NotSupported('tc', `tc ${object}`);
  const command = rest.done ? 'show' : rest.next();
  const keyword = command === 'ls' ? 'list' : keywordOf(command, COMMANDS);
  switch (keyword) {
    case 'list':
    case 'show':
    case 'lst':
      return show(context, rest, flags);
    case 'add':
    case 'change':
    case 'replace':
      return set(context, rest, keyword);
    case 'delete':
      return remove(context, rest);
    case 'help':
      throw new CommandFailure(USAGE, 255);
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "tc qdisc help".`);
  }
};

function show({ namespace, stdout }: CommandContext, words: Arguments, flags: readonly string[]): number {
  let views = namespace.qdiscs();
  let dev: string | undefined;
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else if (word === 'root') views = views.filter(({ parent }) => parent === undefined);
    else if (word === 'parent') {
      const { major, minor } = parseClass(words.next());
      views = views.filter(({ parent }) => parent?.major === major && parent.minor === minor);
    } else if (word !== 'invisible') throw new NotSupported('tc', `"${word}"`);
  }
  if (dev !== undefined) {
    checkDevice(namespace, dev);
    views = views.filter((view) => view.dev === dev);
  }
  const statistics = flags.some((flag) => matches(flag, '-statistics') && flag.length > 1);
  if (flags.some((flag) => flag === '-j' || flag === '-json')) {
    const all = views.map((view) => qdiscJson(view, dev === undefined, statistics));
    stdout.write(`${writeJson(all, false)}\n`);
    return 0;
  }
  for (const view of views) stdout.write(formatQdisc(view, dev === undefined, statistics));
  return 0;
}

function set(
  { namespace, stderr }: CommandContext,
  words: Arguments,
  mode: 'add' | 'change' | 'replace',
): number {
  const { kind, ...place } = parsePlace(words);
  if (kind === undefined) throw new NotSupported('tc', 'a qdisc without a kind');
  const spec = syntaxOf(kind).parse(words, (line) => stderr.write(`${line}\n`));
  checkDevice(namespace, place.dev);
  request(2, () => namespace.setQdisc(place, spec, mode));
  return 0;
}

function remove({ namespace, stderr }: CommandContext, words: Arguments): number {
  const { kind, ...place } = parsePlace(words);
  if (kind !== undefined) {
    // tc reads the options of a kind even here
    syntaxOf(kind).parse(words, (line) => stderr.write(`${line}\n`));
  }
  checkDevice(namespace, place.dev);
  request(2, () => namespace.deleteQdisc(place, kind));
  return 0;
}

function syntaxOf(kind: string): QdiscSyntax {
  if (Object.hasOwn(syntaxes, kind)) return syntaxes[kind as keyof typeof syntaxes];
  if (unmodelledKinds.includes(kind)) throw new NotSupported('tc', `tc qdisc ${kind}`);
  throw new CommandFailure('Error: Specified qdisc kind is unknown.\n', 2);
}

function checkDevice(namespace: CommandContext['namespace'], name: string): void {
  if (namespace.link(name) === undefined) throw new CommandFailure(`Cannot find device "${name}"\n`, 1);
}
