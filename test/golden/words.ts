/** Splits a command line into words, quotes removed: enough for the tools that drive the cases, no shell. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** Options of a tool: whether each takes a value (`true`) or stands alone. */
export type OptionSpec = Record<string, boolean>;

export interface ParsedWords {
  /** Values by option; one without a value has ''. An option may be given several times. */
  options: Map<string, string[]>;
  operands: string[];
}

/**
 * Takes a tool's arguments apart: `-c 3`, `-c3`, `--len 10`, `--len=10`.
 * @throws RangeError for an option that is not in `spec`, or one without its value
 */
export function parseWords(words: readonly string[], spec: OptionSpec): ParsedWords {
  const parsed: ParsedWords = { options: new Map(), operands: [] };
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith('-') || word === '-') {
      parsed.operands.push(word);
      continue;
    }
    const [option, attached] = splitOption(word);
    const takesValue = spec[option];
    if (takesValue === undefined) throw new RangeError(`unknown option ${option}`);
    const value = takesValue ? (attached ?? queue.shift()) : '';
    if (value === undefined) throw new RangeError(`option ${option} needs a value`);
    const values = parsed.options.get(option);
    if (values === undefined) parsed.options.set(option, [value]);
    else values.push(value);
    if (!takesValue && attached !== undefined) queue.unshift(`-${attached}`);
  }
  return parsed;
}

/** `--len=10` into `--len` and `10`; `-c3` into `-c` and `3`. */
function splitOption(word: string): [string, string | undefined] {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  }
  return word.length > 2 ? [word.slice(0, 2), word.slice(2)] : [word, undefined];
}
