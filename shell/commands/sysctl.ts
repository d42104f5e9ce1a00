import { ControlError, errnoText } from '../../models/netns/control-error.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Command, CommandContext } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import { swapDots } from '../file-tree.ts';

interface Options {
  write: boolean;
  quiet: boolean;
  valuesOnly: boolean;
  namesOnly: boolean;
  ignore: boolean;
  all: boolean;
  pattern?: RegExp;
}

const SHORT: Record<string, keyof Omit<Options, 'pattern'>> = {
  w: 'write',
  q: 'quiet',
  n: 'valuesOnly',
  N: 'namesOnly',
  e: 'ignore',
  a: 'all',
  A: 'all',
  X: 'all',
};

const LONG: Record<string, keyof Omit<Options, 'pattern'>> = {
  write: 'write',
  quiet: 'quiet',
  values: 'valuesOnly',
  names: 'namesOnly',
  ignore: 'ignore',
  all: 'all',
};

/** sysctl(8) of procps 4: `[-w] [-q] [-n] NAME[=VALUE] ...`, `-a [--pattern REGEX]`. */
export const sysctl: Command = (context, words) => {
  const { options, names } = parseOptions(words);
  const program = new Sysctl(context, options);
  if (options.all) return program.showAll();
  if (names.length === 0) throw new CommandFailure('\nUsage:\n sysctl [options] [variable[=value] ...]\n', 1);
  let status = 0;
  for (const name of names) if (!program.variable(name)) status = 1;
  return status;
};

class Sysctl {
  private readonly namespace: NetworkNamespace;

  constructor(
    private readonly context: CommandContext,
    private readonly options: Options,
  ) {
    this.namespace = context.namespace;
  }

  /** Shows or sets one `NAME` or `NAME=VALUE`; false when that failed. */
  variable(text: string): boolean {
    const equals = text.indexOf('=');
    if (equals > 0) return this.set(dotted(text.slice(0, equals).trim()), text.slice(equals + 1).trim());
    if (this.options.write) return this.complain('command line(0): invalid syntax, continuing...');
    return this.show(dotted(text));
  }

  showAll(): number {
    for (const name of this.namespace.sysctlNames()) {
      if (this.options.pattern?.test(name) ?? true) this.print(name, this.namespace.sysctl(name));
    }
    return 0;
  }

  private show(name: string): boolean {
    const value = this.value(name);
    if (value !== undefined) {
      this.print(name, value);
      return true;
    }
    const inside = this.namespace.sysctlNames().filter((other) => other.startsWith(`${name}.`));
    for (const other of inside) this.print(other, this.namespace.sysctl(other));
    return inside.length > 0 || this.missing(name);
  }

  private set(name: string, value: string): boolean {
    if (this.value(name) === undefined) return this.missing(name);
    try {
      this.namespace.setSysctl(name, value);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      return this.complain(`setting key "${name}": ${errnoText(error.errno)}`);
    }
    if (!this.options.quiet) this.print(name, value);
    return true;
  }

  private value(name: string): string | undefined {
    try {
      return this.namespace.sysctl(name);
    } catch (error) {
      if (error instanceof ControlError) return undefined;
      throw error;
    }
  }

  private print(name: string, value: string): void {
    const { valuesOnly, namesOnly } = this.options;
    this.context.stdout.write(`${namesOnly ? name : valuesOnly ? value : `${name} = ${value}`}\n`);
  }

  private missing(name: string): boolean {
    if (this.options.ignore) return true;
    return this.complain(`cannot stat /proc/sys/${swapDots(name)}: No such file or directory`);
  }

  private complain(text: string): false {
    this.context.stderr.write(`sysctl: ${text}\n`);
    return false;
  }
}

/**
 * `net/ipv4/ip_forward` is as good as `net.ipv4.ip_forward`: the first separator tells which of the two it
 * is.
 */
function dotted(name: string): string {
  return /^[^./]*\//.test(name) ? swapDots(name) : name;
}

function parseOptions(words: readonly string[]): { options: Options; names: string[] } {
  const options: Options = {
    write: false,
    quiet: false,
    valuesOnly: false,
    namesOnly: false,
    ignore: false,
    all: false,
  };
  const names: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word.startsWith('-') || word === '-') names.push(word);
    else if (/^(-r|--pattern)$/.test(word)) options.pattern = regularExpression(words[++at]);
    else if (word.startsWith('--pattern=')) options.pattern = regularExpression(word.slice(10));
    else setOption(options, word);
  }
  return { options, names };
}

function regularExpression(text: string | undefined): RegExp {
  if (text === undefined) throw new CommandFailure("sysctl: option '--pattern' requires an argument\n", 1);
  try {
    return new RegExp(text);
  } catch {
    throw new CommandFailure(`sysctl: "${text}" is not a regular expression\n`, 1);
  }
}

function setOption(options: Options, word: string): void {
  const keys = word.startsWith('--')
    ? [LONG[word.slice(2)]]
    : [...word.slice(1)].map((letter) => SHORT[letter]);
  for (const [index, key] of keys.entries()) {
    if (key !== undefined) options[key] = true;
    else throw new NotSupported('sysctl', word.startsWith('--') ? word : `-${word[index + 1]}`);
  }
}
