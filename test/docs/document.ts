import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CodeBlock {
  language: string;
  text: string;
  /** Place of the text in the document. */
  start: number;
}

/** A page of the documentation with what can be tried out in it. */
export class Document {
  readonly text: string;
  readonly blocks: CodeBlock[];

  /** @param file relative to the project */
  constructor(readonly file: string) {
    this.text = readFileSync(`${root}/${file}`, 'utf8');
    this.blocks = [...this.text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
      ({ 1: language, 2: text, index }) => ({
        language,
        text,
        start: index + language.length + 4,
      }),
    );
  }

  of(language: string): CodeBlock[] {
    return this.blocks.filter((block) => block.language === language);
  }

  /** Files of the project that the page links to. */
  links(): string[] {
    return [...this.text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]);
  }
}

export interface Example {
  command: string;
  output: string;
}

/** The commands of a console block, each with what it is said to print. */
export function examplesOf(block: CodeBlock): Example[] {
  return block.text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), output: part.slice(end + 1) };
    });
}
