/** A place in a scenario: keys and list positions from the top, such as `['traffic', 'probe', 'every']`. */
export type ScenarioPath = readonly (string | number)[];

/** Something wrong or doubtful at a place of the scenario, before it is known where that is in a file. */
export interface Problem {
  severity: 'error' | 'warning';
  path: ScenarioPath;
  /** In another file that the scenario names there. */
  place?: { file: string; line: number; column: number };
  /** Which part of the place is meant: the key, or (default) the value. */
  at?: 'key' | 'value';
  message: string;
  expected?: string;
  nearest?: string;
  /** A name that refers to nothing; beside a broken definition such a report is only its echo. */
  reference?: boolean;
}

/** A problem with its place in a file. Lines and columns count from 1, columns in UTF-16 units as editors do. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  /** Dotted form of the place in the scenario, for example `traffic.probe.every`; empty for the whole file. */
  path: string;
  message: string;
  /** What would be right here. */
  expected?: string;
  /** The valid name or value nearest to the one given. */
  nearest?: string;
}

/** One line as compilers write it: `file:line:column: message (expected ...; did you mean "..."?)`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, message, expected, nearest } = diagnostic;
  const hints: string[] = [];
  if (expected !== undefined) hints.push(`expected ${expected}`);
  if (nearest !== undefined) hints.push(`did you mean "${nearest}"?`);
  const warning = diagnostic.severity === 'warning' ? 'warning: ' : '';
  const tail = hints.length > 0 ? ` (${hints.join('; ')})` : '';
  return `${file}:${line}:${column}: ${warning}${message}${tail}`;
}

/** Dotted text of a place; keys that are not plain words are put in brackets and quotes. */
export function formatPath(path: ScenarioPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\w-]+$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** Text from a file as a message may repeat it: short, and without control characters that move a cursor. */
export function quote(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return JSON.stringify(short);
}
