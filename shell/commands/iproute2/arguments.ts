import { CommandFailure } from '../../failure.ts';

/** Whether a word is an abbreviation of a keyword: any beginning of it (iproute2's `matches`). */
export function matches(word: string, keyword: string): boolean {
  return word !== '' && keyword.startsWith(word);
}

/** The first of the keywords that a word abbreviates; the order decides between several. */
export function keywordOf<Keyword extends string>(
  word: string,
  keywords: readonly Keyword[],
): Keyword | undefined {
  return keywords.find((keyword) => matches(word, keyword));
}

/** The words of a command line, read from left to right. */
export class Arguments {
  private position = 0;

  constructor(private readonly words: readonly string[]) {}

  get done(): boolean {
    return this.position >= this.words.length;
  }

  /** The word in hand; undefined at the end. */
  peek(): string | undefined {
    return this.words[this.position];
  }

  /** Takes the word in hand; at the end the command is incomplete. */
  next(): string {
    if (this.done) throw incompleteCommand();
    return this.words[this.position++];
  }

  /** Takes the word in hand if it is this one. */
  accept(word: string): boolean {
    if (this.words[this.position] !== word) return false;
    this.position++;
    return true;
  }

  /** All words that are left. */
  rest(): string[] {
    const rest = this.words.slice(this.position);
    this.position = this.words.length;
    return rest;
  }
}

/** Status that a program of iproute2 ends with by exit(-1). */
const USAGE_STATUS = 255;

export function usageError(message: string): CommandFailure {
  return new CommandFailure(`${message}\n`, USAGE_STATUS);
}

function incompleteCommand(): CommandFailure {
  return usageError('Command line is not complete. Try option "help"');
}

/** @param reason ends in a newline of its own where iproute2's does, which leaves an empty line */
export function invalidArgument(reason: string, value: string): CommandFailure {
  return usageError(`Error: argument "${value}" is wrong: ${reason}`);
}

/** A second value for something that takes one. */
export function duplicateArgument(key: string, value: string): CommandFailure {
  return usageError(`Error: duplicate "${key}": "${value}" is the second value.`);
}

/** A word that can only be read as a second value of `key`. */
export function garbageArgument(key: string, value: string): CommandFailure {
  return usageError(`Error: either "${key}" is duplicate, or "${value}" is a garbage.`);
}
