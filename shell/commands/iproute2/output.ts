import type { OutputStream } from '../../streams.ts';
import type { Entry } from './entry.ts';
import { writeJson } from './json-writer.ts';
import type { Options } from './options.ts';

/** Prints a list in the form that the options ask for. */
export function print(stdout: OutputStream, options: Options, entries: readonly Entry[]): void {
  if (options.json) {
    stdout.write(
      `${writeJson(
        entries.map((entry) => entry.json),
        options.pretty,
      )}\n`,
    );
    return;
  }
  for (const entry of entries) stdout.write(`${options.oneline ? onOneLine(entry.text) : entry.text}\n`);
}

/** With `-o` the lines of an entry are joined by backslashes. */
function onOneLine(text: string): string {
  return text.replaceAll('\n', '\\');
}
