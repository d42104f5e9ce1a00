import type { Option } from './getopt.ts';

/** The commands, by the letter of their option; numbers make two of them of another kind. */
export type Command =
  | 'append'
  | 'insert'
  | 'replace'
  | 'delete'
  | 'delete-number'
  | 'check'
  | 'list'
  | 'list-rules'
  | 'flush'
  | 'zero'
  | 'zero-number'
  | 'new-chain'
  | 'delete-chain'
  | 'rename-chain'
  | 'policy';

/** The letters of commands. */
export const COMMAND_LETTERS: ReadonlyMap<string, Command> = new Map([
  ['A', 'append'],
  ['I', 'insert'],
  ['R', 'replace'],
  ['D', 'delete'],
  ['C', 'check'],
  ['L', 'list'],
  ['S', 'list-rules'],
  ['F', 'flush'],
  ['Z', 'zero'],
  ['N', 'new-chain'],
  ['X', 'delete-chain'],
  ['E', 'rename-chain'],
  ['P', 'policy'],
]);

function option(short: string, argument: Option<string>['argument'], ...names: string[]): Option<string>[] {
  return [{ id: short, short, argument }, ...names.map((long) => ({ id: short, long, argument }))];
}

/** The options of iptables itself; each is named by its letter, `0` is --line-numbers. */
export const BASE_OPTIONS: readonly Option<string>[] = [
  ...option('A', 'required', 'append'),
  ...option('D', 'required', 'delete'),
  ...option('C', 'required', 'check'),
  ...option('I', 'required', 'insert'),
  ...option('R', 'required', 'replace'),
  ...option('L', 'optional', 'list'),
  ...option('S', 'optional', 'list-rules'),
  ...option('F', 'optional', 'flush'),
  ...option('Z', 'optional', 'zero'),
  ...option('N', 'required', 'new-chain'),
  ...option('X', 'optional', 'delete-chain'),
  ...option('E', 'required', 'rename-chain'),
  ...option('P', 'required', 'policy'),
  ...option('s', 'required', 'source', 'src'),
  ...option('d', 'required', 'destination', 'dst'),
  ...option('p', 'required', 'protocol'),
  ...option('i', 'required', 'in-interface'),
  ...option('j', 'required', 'jump'),
  ...option('t', 'required', 'table'),
  ...option('m', 'required', 'match'),
  ...option('n', 'none', 'numeric'),
  ...option('o', 'required', 'out-interface'),
  ...option('v', 'none', 'verbose'),
  ...option('w', 'optional', 'wait'),
  ...option('W', 'optional', 'wait-interval'),
  ...option('x', 'none', 'exact'),
  ...option('f', 'none', 'fragments'),
  ...option('V', 'none', 'version'),
  ...option('h', 'optional', 'help'),
  ...option('M', 'required', 'modprobe'),
  ...option('c', 'required', 'set-counters'),
  ...option('g', 'required', 'goto'),
  ...option('4', 'none', 'ipv4'),
  ...option('6', 'none', 'ipv6'),
  { id: '0', long: 'line-numbers', argument: 'none' },
];

/** Options that `!` may stand before. */
export const INVERTIBLE = 'sdpiof';

/** The letters that are options of a rule or a list, in the order in which an illegal one is complained about. */
const CHECKED = 'nsdpjvxio0cf';

const RULE = 'sdpjviof';
const ALLOWED: Readonly<Record<Command, string>> = {
  append: `${RULE}c`,
  insert: `${RULE}c`,
  replace: `${RULE}c`,
  delete: RULE,
  'delete-number': 'v',
  check: RULE,
  list: 'nvx0',
  'list-rules': 'v',
  flush: 'v',
  zero: 'v',
  'zero-number': 'v',
  'new-chain': 'v',
  'delete-chain': 'v',
  'rename-chain': 'v',
  policy: 'vc',
};

/** The first of the options given that the command does not take. */
export function illegalOption(command: Command, given: ReadonlySet<string>): string | undefined {
  return [...CHECKED].find((letter) => given.has(letter) && !ALLOWED[command].includes(letter));
}
