import type { Command } from '../command.ts';

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/**
 * dash's builtin: words joined by blanks, with backslash escapes; `-n` or `\c` leave the final newline out.
 */
export const echo: Command = (context, words) => {
  const bare = words[0] === '-n';
  const text = words.slice(bare ? 1 : 0).join(' ');
  const stop = /(?<!\\)(?:\\\\)*(?=\\c)/.exec(text);
  const shown = stop === null ? text : text.slice(0, stop.index + stop[0].length);
  const interpreted = shown.replace(
    /\\(?:0([0-7]{0,3})|([abfnrtv\\]))/g,
    (_, octal?: string, letter?: string) =>
      letter === undefined ? String.fromCharCode(Number.parseInt(octal || '0', 8) & 255) : ESCAPES[letter],
  );
  context.stdout.write(bare || stop !== null ? interpreted : `${interpreted}\n`);
  return 0;
};
