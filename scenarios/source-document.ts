import { type Diagnostic, formatPath, type Problem, type ScenarioPath } from './diagnostic.ts';
import { limits } from './limits.ts';
import { documentValue } from './yaml/document-value.ts';
import { lineStarts, positionAt } from './yaml/line-starts.ts';
import { Locator } from './yaml/locate.ts';
import { parseYaml } from './yaml/parse-document.ts';
import type { TextProblem } from './yaml/text-problem.ts';

/** Where something stands: file, line and column. */
export type Place = Pick<Diagnostic, 'file' | 'line' | 'column'>;

/** A YAML file that is being read, and what is found wrong with it, each with its place. */
export class SourceDocument {
  readonly diagnostics: Diagnostic[] = [];
  private readonly starts: number[];
  /** Places at which the text itself is odd. */
  private readonly explained = new Set<string>();
  private locator: Locator | undefined;

  /** @param fileName is only repeated in the reports */
  constructor(
    private readonly text: string,
    readonly fileName: string,
  ) {
    this.starts = lineStarts(text.length > limits.fileLength ? '' : text);
  }

  /**
   * The value that the text stands for; undefined when it is none, which has been reported.
   * @param keys that an empty file lacks
   */
  read(what: string, keys: string): unknown {
    const parsed = parseYaml(this.text);
    for (const problem of parsed.problems) this.reportText(problem);
    const read = parsed.document && documentValue(parsed.document);
    for (const problem of read?.problems ?? []) this.reportText(problem);
    if (read === undefined || parsed.document === undefined || parsed.problems.length > 0) return undefined;
    this.locator = new Locator(parsed.document, read.targets);
    if (read.value !== null) return read.value;
    this.report({ severity: 'error', path: [], message: `the ${what} is empty`, expected: keys });
    return undefined;
  }

  place(path: ScenarioPath, at: 'key' | 'value' = 'value'): Place {
    const offset = this.locator?.offset(path, at) ?? 0;
    return { file: this.fileName, ...positionAt(this.starts, offset) };
  }

  report(problem: Problem, place: Place = this.place(problem.path, problem.at)): void {
    const { severity, message, expected, nearest } = problem;
    // What is odd in the text at this very place explains what does not fit the schema there.
    if (place.file === this.fileName && this.explained.has(`${place.line}:${place.column}`)) return;
    this.diagnostics.push({ severity, ...place, path: formatPath(problem.path), message, expected, nearest });
  }

  get hasErrors(): boolean {
    return this.diagnostics.some(({ severity }) => severity === 'error');
  }

  /** In the order of the file, up to the limit on reports. */
  ordered(severity: Diagnostic['severity']): Diagnostic[] {
    const list = this.diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    list.sort((a, b) => a.line - b.line || a.column - b.column);
    if (list.length <= limits.errors) return list;
    const more = { ...list[limits.errors], message: `and ${list.length - limits.errors} more from here on` };
    return [...list.slice(0, limits.errors), { ...more, expected: undefined, nearest: undefined }];
  }

  private reportText({ offset, message, expected, nearest }: TextProblem): void {
    const { file, line, column } = { file: this.fileName, ...positionAt(this.starts, offset) };
    this.explained.add(`${line}:${column}`);
    this.diagnostics.push({ severity: 'error', file, line, column, path: '', message, expected, nearest });
  }
}
