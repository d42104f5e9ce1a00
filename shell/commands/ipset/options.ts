import { syntaxError, usageError } from './errors.ts';

/** The options that stand anywhere on a line. */
export interface Options {
  exist: boolean;
  quiet: boolean;
  sorted: boolean;
  terse: boolean;
  names: boolean;
  output?: 'plain' | 'save' | 'xml';
}

const OUTPUTS = ['plain', 'save', 'xml'] as const;

const FLAGS: Readonly<Record<string, 'exist' | 'quiet' | 'sorted' | 'terse' | 'names' | 'resolve'>> = {
  '-!': 'exist',
  '-exist': 'exist',
  '-q': 'quiet',
  '-quiet': 'quiet',
  '-s': 'sorted',
  '-sorted': 'sorted',
  '-t': 'terse',
  '-terse': 'terse',
  '-n': 'names',
  '-name': 'names',
  '-r': 'resolve',
  '-resolve': 'resolve',
};

/** Takes the options out of a line. */
export function parseOptions(words: readonly string[]): { options: Options; rest: string[] } {
  const options: Options = { exist: false, quiet: false, sorted: false, terse: false, names: false };
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    const single = word.startsWith('--') ? word.slice(1) : word;
    const flag = FLAGS[single];
    if (single === '-o' || single === '-output') {
      const value = words[++at];
      if (value === undefined) throw usageError("Missing mandatory argument of option `-output'");
      options.output = OUTPUTS.find((name) => name === value);
      if (options.output === undefined) throw syntaxError(`unknown output mode '${value}'`);
    } else if (flag === undefined) rest.push(word);
    // there are no names for addresses to resolve them to
    else if (flag !== 'resolve') options[flag] = true;
  }
  return { options, rest };
}
