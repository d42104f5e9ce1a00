import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { print } from '../iproute2/output.ts';
import type { IpContext } from './context.ts';

/** The rules that every namespace starts with; there are no others until policy routing is simulated. */
const RULES = [
  { priority: 0, table: 'local' },
  { priority: 32766, table: 'main' },
  { priority: 32767, table: 'default' },
];

/** `ip rule` */
export function ipRule({ stdout, options }: IpContext, words: Arguments): number {
  const command = words.done ? 'show' : words.next();
  const keyword = keywordOf(command, [
    'list',
    'lst',
    'show',
    'add',
    'delete',
    'flush',
    'save',
    'help',
  ] as const);
  if (keyword === undefined) throw usageError(`Command "${command}" is unknown, try "ip rule help".`);
  if (keyword === 'help') throw new CommandFailure('Usage: ip rule [ list ]\n', 255);
  if (!['list', 'lst', 'show'].includes(keyword)) throw new NotSupported('ip', `"ip rule ${keyword}"`);
  if (!words.done) throw new NotSupported('ip', 'a selection of rules');
  const entries = RULES.map(({ priority, table }) =>
    new Entry()
      .field('priority', priority, `${priority}:\t`)
      .field('src', 'all', 'from all ')
      .field('table', table, `lookup ${table}`),
  );
  print(stdout, options, options.family === 'inet6' ? [] : entries);
  return 0;
}
