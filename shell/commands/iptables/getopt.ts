import { parameterProblem } from './errors.ts';

/** An option of the command line; `id` says which one it is however it is spelled. */
export interface Option<Id> {
  id: Id;
  long?: string;
  short?: string;
  argument: 'none' | 'required' | 'optional';
}

/** What comes next on the command line. */
export type Token<Id> = { option: Option<Id>; value: string | undefined } | { word: string };

/**
 * getopt_long(3) as iptables uses it: words that are no options are handed out in their order, and the options that
 * it knows may change from one call to the next.
 */
export class Getopt {
  private position = 0;
  /** What is left of a cluster such as `-nvL`. */
  private cluster = '';

  constructor(private readonly words: readonly string[]) {}

  /**
   * The next option or word; undefined at the end.
   * @param options the more important ones first; an abbreviation that fits several is unknown
   * @param unknown called for an option that none of them is; true when it is worth another try
   */
  next<Id>(options: () => readonly Option<Id>[], unknown: () => boolean): Token<Id> | undefined {
    if (this.cluster !== '') return this.short(options);
    const word = this.words[this.position];
    if (word === undefined) return undefined;
    this.position++;
    if (word === '-' || !word.startsWith('-')) return { word };
    if (!word.startsWith('--')) {
      this.cluster = word.slice(1);
      return this.short(options);
    }
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const option = findLong(options(), name) ?? (unknown() ? findLong(options(), name) : undefined);
    if (option === undefined) throw parameterProblem(`unknown option "${word}"`);
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    return { option, value: this.argument(option, attached, `--${name}`) };
  }

  /** The word that was read last, `argv[optind - 1]`. */
  get last(): string {
    return this.words[this.position - 1];
  }

  /** The next word, taken unless it looks like an option or a `!`. */
  operand(): string | undefined {
    const word = this.cluster === '' ? this.words[this.position] : undefined;
    if (word === undefined || word.startsWith('-') || word.startsWith('!')) return undefined;
    this.position++;
    return word;
  }

  private short<Id>(options: () => readonly Option<Id>[]): Token<Id> {
    const letter = this.cluster[0];
    const rest = this.cluster.slice(1);
    const option = options().find(({ short }) => short === letter);
    if (option === undefined) throw parameterProblem(`unknown option "-${letter}"`);
    this.cluster = option.argument === 'none' ? rest : '';
    const attached = option.argument === 'none' || rest === '' ? undefined : rest;
    return { option, value: this.argument(option, attached, `-${letter}`) };
  }

  private argument<Id>({ argument }: Option<Id>, attached: string | undefined, spelling: string) {
    if (argument !== 'required' || attached !== undefined) return attached;
    const word = this.words[this.position];
    if (word === undefined) throw parameterProblem(`option "${spelling}" requires an argument`);
    this.position++;
    return word;
  }
}

function findLong<Id>(options: readonly Option<Id>[], name: string): Option<Id> | undefined {
  const exact = options.find(({ long }) => long === name);
  if (exact !== undefined) return exact;
  const found = options.filter(({ long }) => long?.startsWith(name));
  return found.every(({ id }) => id === found[0].id) ? found[0] : undefined;
}
