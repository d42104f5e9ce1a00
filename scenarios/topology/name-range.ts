/** The most names that one range may stand for; more is certainly a slip. */
const maxNames = 10_000;

/** Why a range cannot be read. */
export class BadRange {
  constructor(readonly message: string) {}
}

/**
 * The names that a range stands for, in order: `node[1-3]`, `node[01-10]` (zeros kept), `n[1,3,5-7]`,
 * `rack[1-2]-node[1-4]` (the last range turns fastest). A name without brackets stands for itself.
 */
export function expandRange(text: string): string[] | BadRange {
  let names = [''];
  let at = 0;
  for (const match of text.matchAll(/\[([^[\]]*)\]/g)) {
    const literal = text.slice(at, match.index);
    const parts = expandList(match[1]);
    if (parts instanceof BadRange) return parts;
    if (names.length * parts.length > maxNames)
      return new BadRange(`"${text}" stands for more than ${maxNames} names`);
    names = names.flatMap((name) => parts.map((part) => name + literal + part));
    at = match.index + match[0].length;
  }
  const rest = text.slice(at);
  if (/[[\]]/.test(text.replaceAll(/\[[^[\]]*\]/g, '')))
    return new BadRange(`"${text}" has an unpaired bracket`);
  return names.map((name) => name + rest);
}

/** `1,3,5-7` as its parts. */
function expandList(list: string): string[] | BadRange {
  const parts: string[] = [];
  for (const item of list.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(item);
    if (match === null) return new BadRange(`"${item}" is not a number or a range such as 1-3`);
    const [, first, last = first] = match;
    const size = Number(last) - Number(first) + 1;
    if (size < 1) return new BadRange(`the range ${item} runs backwards`);
    if (parts.length + size > maxNames)
      return new BadRange(`the range ${item} stands for more than ${maxNames} names`);
    for (let number = Number(first); number <= Number(last); number++) {
      parts.push(String(number).padStart(first.length, '0'));
    }
  }
  return parts;
}
