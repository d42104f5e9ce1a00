import type { SetEntrySpec, SetView } from '../../../models/netfilter/control-types.ts';
import { ControlError } from '../../../models/netns/control-error.ts';
import { NotSupported } from '../../failure.ts';
import type { IpsetContext } from './context.ts';
import { MAXIMUM_TIMEOUT } from './create.ts';
import { parseEntry } from './entry.ts';
import { failure, usageError } from './errors.ts';
import { number } from './values.ts';

const NO_SET = 'The set with the given name does not exist';

export function findSet({ netfilter }: IpsetContext, name: string): SetView {
  const set = netfilter.set(name);
  if (set === undefined) throw failure(NO_SET);
  return set;
}

/** `ipset add SETNAME ENTRY [options]` */
export function add(context: IpsetContext, [name, text, ...options]: readonly string[]): void {
  const set = findSet(context, name);
  const { elements } = parseEntry(set, text, context.hosts);
  const extensions = parseExtensions(set, options);
  for (const element of elements) {
    check(context, set, element);
    try {
      context.netfilter.addSetEntry(name, { ...element, ...extensions }, context.exist ? 'exist' : 'add');
    } catch (error) {
      throw refusedAdd(error);
    }
  }
}

function refusedAdd(error: unknown): unknown {
  if (!(error instanceof ControlError)) return error;
  if (error.errno === 'EEXIST') return failure("Element cannot be added to the set: it's already added");
  if (error.errno === 'ENOSPC') return failure('Hash is full, cannot add more elements');
  return failure(`Kernel error received: ${error.message}`);
}

/** `ipset del SETNAME ENTRY` */
export function del(context: IpsetContext, [name, text, ...options]: readonly string[]): void {
  const set = findSet(context, name);
  const { elements } = parseEntry(set, text, context.hosts);
  parseExtensions(set, options);
  for (const element of elements) {
    check(context, set, element);
    try {
      context.netfilter.deleteSetEntry(name, element, context.exist ? 'exist' : 'delete');
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      throw failure("Element cannot be deleted from the set: it's not added");
    }
  }
}

/** `ipset test SETNAME ENTRY`: of a range its first element. */
export function test(
  context: IpsetContext,
  [name, text]: readonly string[],
): { found: boolean; text: string } {
  const set = findSet(context, name);
  const parsed = parseEntry(set, text, context.hosts);
  const [element] = parsed.elements;
  check(context, set, element);
  return { found: context.netfilter.testSetEntry(name, element), text: parsed.text };
}

function check({ netfilter }: IpsetContext, { type }: SetView, element: SetEntrySpec): void {
  if (element.set !== undefined && netfilter.set(element.set) === undefined) {
    throw failure('Set to be added/deleted/tested as element does not exist.');
  }
  if (type !== 'hash:net' && element.address === 0) {
    throw failure('Null-valued element, cannot be stored in a hash type of set');
  }
}

function parseExtensions(set: SetView, words: readonly string[]): Partial<SetEntrySpec> {
  const extensions: Partial<SetEntrySpec> = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === 'nomatch' && set.type === 'hash:net') extensions.nomatch = true;
    else if (word === 'timeout' || word === 'comment' || COUNTERS.includes(word)) {
      const value = words[++at];
      if (value === undefined) throw usageError(`Missing mandatory argument of option \`${word}'`);
      setExtension(extensions, set, word, value);
    } else if ((word === 'before' || word === 'after') && set.type === 'list:set') {
      throw new NotSupported('ipset', `"${word}"`);
    } else throw usageError(`Unknown argument: \`${word}'`);
  }
  return extensions;
}

const COUNTERS = ['packets', 'bytes'];

function setExtension(extensions: Partial<SetEntrySpec>, set: SetView, word: string, value: string): void {
  if (word === 'timeout') {
    const seconds = number(value, 0, MAXIMUM_TIMEOUT);
    if (set.timeout === undefined) {
      throw failure('Timeout cannot be used: set was created without timeout support');
    }
    extensions.timeout = seconds;
  } else if (word === 'comment') {
    if (set.comment !== true) {
      throw failure('Comment cannot be used: set was created without comment support');
    }
    extensions.comment = value;
  } else {
    number(value, 0, Number.MAX_SAFE_INTEGER);
    if (set.counters !== true) {
      throw failure(
        `${word[0].toUpperCase()}${word.slice(1, -1)} counters cannot be used: set was created without counter support`,
      );
    }
  }
}
