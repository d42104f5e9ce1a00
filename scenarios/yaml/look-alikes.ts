import type { TextProblem } from './text-problem.ts';

interface LookAlike {
  name: string;
  /** What belongs in its place. */
  instead: string;
  /** White space that cannot be seen is wrong anywhere; the others may stand inside a sentence. */
  everywhere?: boolean;
}

/** Characters that word processors and web pages put in place of those that YAML knows. */
const lookAlikes = new Map<string, LookAlike>([
  ['\u201c', { name: 'left double quotation mark', instead: '"' }],
  ['\u201d', { name: 'right double quotation mark', instead: '"' }],
  ['\u201e', { name: 'double low-9 quotation mark', instead: '"' }],
  ['\u00ab', { name: 'left-pointing double angle quotation mark', instead: '"' }],
  ['\u00bb', { name: 'right-pointing double angle quotation mark', instead: '"' }],
  ['\uff02', { name: 'fullwidth quotation mark', instead: '"' }],
  ['\u2018', { name: 'left single quotation mark', instead: "'" }],
  ['\u2019', { name: 'right single quotation mark', instead: "'" }],
  ['\u201a', { name: 'single low-9 quotation mark', instead: "'" }],
  ['\u2013', { name: 'en dash', instead: '-' }],
  ['\u2014', { name: 'em dash', instead: '-' }],
  ['\u2212', { name: 'minus sign', instead: '-' }],
  ['\uff1a', { name: 'fullwidth colon', instead: ':' }],
  ['\uff0c', { name: 'fullwidth comma', instead: ',' }],
  ['\u00a0', { name: 'no-break space', instead: 'a plain space', everywhere: true }],
  ['\u3000', { name: 'ideographic space', instead: 'a plain space', everywhere: true }],
  ['\u200b', { name: 'zero width space', instead: 'nothing', everywhere: true }],
  ['\ufeff', { name: 'zero width no-break space', instead: 'nothing', everywhere: true }],
]);

/**
 * Looks for such a character in the text of an unquoted key or value, that is, where it was surely meant as
 * the sign that it resembles: at either end, or anywhere in a key. `offset` is the place of the first letter.
 */
export function findLookAlike(source: string, offset: number, isKey: boolean): TextProblem | undefined {
  let index = 0;
  for (const character of source) {
    const found = lookAlikes.get(character);
    const atEnd = index === 0 || index === source.length - 1;
    if (found !== undefined && (atEnd || isKey || found.everywhere)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      const shown = found.everywhere ? '' : ` (${character})`;
      const message = `the character U+${code}${shown} is a ${found.name}, not ${signName(found)}`;
      return { offset: offset + index, message, expected: found.instead };
    }
    index += character.length;
  }
  return undefined;
}

function signName({ instead }: LookAlike): string {
  const names: Record<string, string> = {
    '"': 'a straight quote',
    "'": 'a straight quote',
    '-': 'a hyphen',
    ':': 'a colon',
    ',': 'a comma',
    nothing: 'part of the text',
  };
  return names[instead] ?? instead;
}
