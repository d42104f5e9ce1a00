import type { Command } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import { matches } from './iproute2/arguments.ts';

const OBJECTS = ['qdisc', 'class', 'filter', 'chain', 'action', 'monitor', 'exec'];
const PARENTS_WITH_VALUE = new Set(['dev', 'parent', 'handle', 'classid', 'estimator']);
const PARENTS = new Set(['root', 'ingress', 'egress', 'clsact', 'noqueue']);

/** tc(8): reads which queueing discipline is meant and says that the simulator does not have it. */
export const tc: Command = (_context, words) => {
  const rest = words.filter((word) => !word.startsWith('-'));
  const object = OBJECTS.find((name) => matches(rest[0] ?? '', name));
  if (object === undefined) {
    throw new CommandFailure(`Object "${rest[0] ?? ''}" is unknown, try "tc help".\n`, 1);
  }
  const kind = queueingKind(rest.slice(2));
  throw new NotSupported('tc', kind === undefined ? `tc ${object}` : `tc ${object} ${kind}`);
};

/**
 * The first word that is neither a parent nor the value of one: `tbf` in `dev eth0 root handle 1: tbf rate
 * ...`.
 */
function queueingKind(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    if (PARENTS_WITH_VALUE.has(words[at])) at++;
    else if (!PARENTS.has(words[at])) return words[at];
  }
  return undefined;
}
