import type { Colors } from '../report/colors.ts';
import { type Diagnostic, formatDiagnostic } from '../scenarios/index.ts';
import type { TextOutput } from './io.ts';

/** Prints what is wrong with a scenario, a line each. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], to: TextOutput): void {
  for (const diagnostic of diagnostics) to.write(`${dressed(diagnostic, to.colors)}\n`);
}

function dressed(diagnostic: Diagnostic, colors: Colors): string {
  const { file, line, column, severity } = diagnostic;
  const place = `${file}:${line}:${column}:`;
  const rest = formatDiagnostic(diagnostic).slice(place.length);
  return `${colors.bold(place)}${severity === 'error' ? colors.red(rest) : colors.yellow(rest)}`;
}
