/**
 * The words of a line of iptables-restore: blanks separate them, double quotes hold them together, and a backslash
 * takes the character after it as it is within them.
 */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (quoted && character === '\\' && at + 1 < line.length) {
      word = (word ?? '') + line[++at];
    } else if (!quoted && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  return words;
}
