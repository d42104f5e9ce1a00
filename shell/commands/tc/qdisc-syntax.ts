import type { QdiscView } from '../../../models/queueing/qdisc-control.ts';
import type { QdiscSpec } from '../../../models/queueing/qdisc-spec.ts';
import { CommandFailure } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import type { JsonObject } from '../iproute2/json-writer.ts';

/** How tc reads and prints one kind of discipline (iproute2 `struct qdisc_util`). */
export interface QdiscSyntax {
  /** The options, to the end of the line. @param warn writes a line to standard error */
  parse(words: Arguments, warn: (line: string) => void): QdiscSpec;
  /** The options as `tc qdisc show` prints them, a blank at the end where tc has one. */
  text(view: QdiscView): string;
  json(view: QdiscView): JsonObject;
  /** What the kind counts in addition, as lines. */
  statistics?(view: QdiscView): string;
  statisticsJson?(view: QdiscView): JsonObject;
}

/** tc gives up on a word. @param message without its final newline */
export function refuse(message: string): CommandFailure {
  return new CommandFailure(`${message}\n`, 1);
}

/** The value of an option: the next word, which must be there and make sense. */
export function readValue<Value>(
  words: Arguments,
  name: string,
  parse: (text: string) => Value | undefined,
): Value {
  const value = parse(words.next());
  if (value === undefined) throw refuse(`Illegal "${name}"`);
  return value;
}

/** A word that is no option. */
export function unknownWord(word: string, usage: string): CommandFailure {
  return word === 'help' ? new CommandFailure(usage, 1) : refuse(`What is "${word}"?\n${usage.trimEnd()}`);
}
