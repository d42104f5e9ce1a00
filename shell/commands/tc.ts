import type { Command, CommandContext } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import { Arguments, keywordOf, matches, usageError } from './iproute2/arguments.ts';
import { writeJson } from './iproute2/json-writer.ts';
import { request } from './iproute2/kernel-request.ts';
import { parseDiscipline } from './tc-discipline.ts';
import { formatQdisc, qdiscJson } from './tc-format.ts';

const OBJECTS = ['qdisc', 'class', 'filter', 'chain', 'action', 'monitor', 'exec'] as const;
const COMMANDS = ['add', 'change', 'replace', 'delete', 'list', 'show', 'lst', 'help'] as const;

const USAGE = `Usage: tc qdisc { add | del | replace | change } dev STRING root [ handle MAJOR: ] [ QDISC_KIND OPTIONS ]
       tc qdisc show [ dev STRING ]
QDISC_KIND := { tbf | pfifo | bfifo }
`;

/** tc(8): queueing disciplines at the root of an interface. */
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
  let dev: string | undefined;
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') dev = words.next();
    else if (word !== 'root') throw new NotSupported('tc', `"${word}"`);
  }
  if (dev !== undefined) checkDevice(namespace, dev);
  const views = namespace.qdiscs().filter((view) => dev === undefined || view.dev === dev);
  const statistics = flags.some((flag) => matches(flag, '-statistics') && flag.length > 1);
  if (flags.some((flag) => flag === '-j' || flag === '-json')) {
    stdout.write(
      `${writeJson(
        views.map((view) => qdiscJson(view, dev === undefined)),
        false,
      )}\n`,
    );
    return 0;
  }
  for (const view of views) stdout.write(formatQdisc(view, dev === undefined, statistics));
  return 0;
}

function set({ namespace }: CommandContext, words: Arguments, mode: 'add' | 'change' | 'replace'): number {
  const { dev, handle, kind } = parsePlace(words);
  if (kind === undefined) throw new NotSupported('tc', 'a qdisc without a kind');
  const spec = parseDiscipline(kind, words);
  checkDevice(namespace, dev);
  request(2, () => namespace.setQdisc(dev, spec, mode, handle));
  return 0;
}

function remove({ namespace }: CommandContext, words: Arguments): number {
  const { dev } = parsePlace(words);
  checkDevice(namespace, dev);
  request(2, () => namespace.deleteQdisc(dev));
  return 0;
}

interface Place {
  dev: string;
  handle?: number;
  kind?: string;
}

/** Everything up to the kind of the discipline. */
function parsePlace(words: Arguments): Place {
  const place: Partial<Place> = {};
  let root = false;
  while (!words.done && place.kind === undefined) {
    const word = words.next();
    if (word === 'dev') place.dev = words.next();
    else if (word === 'root') root = true;
    else if (word === 'handle') place.handle = handle(words.next());
    else if (['parent', 'ingress', 'clsact', 'egress', 'estimator', 'stab'].includes(word)) {
      throw new NotSupported('tc', `"${word}"`);
    } else place.kind = word;
  }
  if (place.dev === undefined || !root) throw new NotSupported('tc', 'a qdisc that is not at the root');
  return { ...place, dev: place.dev };
}

/** `MAJOR:` in hexadecimal. */
function handle(word: string): number {
  const digits = /^([0-9a-fA-F]{1,4}):?$/.exec(word)?.[1];
  if (digits === undefined) throw usageError(`Error: argument "${word}" is wrong: invalid qdisc ID\n`);
  return Number.parseInt(digits, 16);
}

function checkDevice(namespace: CommandContext['namespace'], name: string): void {
  if (namespace.link(name) === undefined) throw new CommandFailure(`Cannot find device "${name}"\n`, 1);
}
