/** The words of a command line, told apart by getopt(3). */
export interface ShortOptions {
  /** In their order; the value is empty for an option that takes none. */
  options: { letter: string; value: string }[];
  /** Whatever is no option, wherever it stands. */
  operands: string[];
}

/**
 * getopt(3) with short options alone, as GNU has it: options may follow operands, and `--` ends them.
 * @param known letters, each with a colon behind it if it takes a value
 * @param fail gets what getopt prints, without the name of the program
 */
export function shortOptions(
  words: readonly string[],
  known: string,
  fail: (message: string) => never,
): ShortOptions {
  const found: ShortOptions = { options: [], operands: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '--') {
      found.operands.push(...words.slice(at + 1));
      break;
    }
    if (!/^-./.test(word)) {
      found.operands.push(word);
      continue;
    }
    for (let position = 1; position < word.length; position++) {
      const letter = word[position];
      const place = letter === ':' ? -1 : known.indexOf(letter);
      if (place < 0) fail(`invalid option -- '${letter}'`);
      if (known[place + 1] !== ':') {
        found.options.push({ letter, value: '' });
        continue;
      }
      const rest = word.slice(position + 1);
      const value = rest === '' ? words[++at] : rest;
      if (value === undefined) fail(`option requires an argument -- '${letter}'`);
      found.options.push({ letter, value });
      break;
    }
  }
  return found;
}
