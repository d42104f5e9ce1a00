import { checkScenario } from './check/check-scenario.ts';
import { completeScenario } from './complete.ts';
import { type Diagnostic, formatPath, type Problem, type ScenarioPath } from './diagnostic.ts';
import { isEcho } from './echo.ts';
import { InputFiles, READS_NOTHING, type ReadFile } from './input/input-files.ts';
import { limits } from './limits.ts';
import { type Repaired, repair } from './repair.ts';
import { type Scenario, scenarioSchema } from './schema/scenario.ts';
import { schemaProblems } from './schema-problems.ts';
import { applySetting, type Setting, SettingError } from './set-value.ts';
import type { Topology } from './topology/topology.ts';
import { documentValue } from './yaml/document-value.ts';
import { lineStarts, positionAt } from './yaml/line-starts.ts';
import { Locator } from './yaml/locate.ts';
import { parseYaml } from './yaml/parse-document.ts';
import type { TextProblem } from './yaml/text-problem.ts';

export interface LoadOptions {
  /** Values that replace those of the file: `path=value`, in order. */
  set?: readonly string[];
  /** Replaces `seed`. */
  seed?: number | string;
  /** Replaces `stop`: a duration such as `10s`. */
  stop?: string;
  /** Reads the files that the scenario names; without it they are refused. */
  readFile?: ReadFile;
}

export interface LoadedScenario {
  scenario: Scenario;
  /** The cluster as the checks have expanded it; `resolve` makes the plan of it. */
  topology: Topology;
  warnings: Diagnostic[];
  errors?: undefined;
}

export interface FaultyScenario {
  /** One at least, in the order of the file. */
  errors: Diagnostic[];
  warnings: Diagnostic[];
}

/**
 * Reads, checks and completes a scenario. Tells everything that is wrong with the text at once, each with its
 * place; never throws for what the text holds. `fileName` is only repeated in the reports.
 */
export function loadScenario(
  text: string,
  fileName: string,
  options: LoadOptions = {},
): LoadedScenario | FaultyScenario {
  return new Loading(text, fileName).run(options);
}

class Loading {
  private readonly diagnostics: Diagnostic[] = [];
  private readonly starts: number[];
  private readonly settings: Setting[] = [];
  /** Places at which the text itself is odd. */
  private readonly explained = new Set<string>();
  private locator: Locator | undefined;
  private files = new InputFiles(READS_NOTHING);

  constructor(
    private readonly text: string,
    private readonly fileName: string,
  ) {
    this.starts = lineStarts(text.length > limits.fileLength ? '' : text);
  }

  run(options: LoadOptions): LoadedScenario | FaultyScenario {
    if (options.readFile !== undefined) this.files = new InputFiles(options.readFile);
    const parsed = parseYaml(this.text);
    for (const problem of parsed.problems) this.reportText(problem);
    const read = parsed.document && documentValue(parsed.document);
    for (const problem of read?.problems ?? []) this.reportText(problem);
    if (read === undefined || parsed.document === undefined || parsed.problems.length > 0)
      return this.faulty();
    this.locator = new Locator(parsed.document, read.targets);
    if (read.value === null) {
      this.report({
        severity: 'error',
        path: [],
        message: 'the scenario is empty',
        expected: 'name, stop, cluster',
      });
      return this.faulty();
    }
    this.applySettings(read.value, options);
    return this.check(read.value);
  }

  private applySettings(value: unknown, options: LoadOptions): void {
    const texts = [...(options.set ?? [])].map((text) => ({ text, option: '--set' }));
    if (options.seed !== undefined) texts.push({ text: `seed=${options.seed}`, option: '--seed' });
    if (options.stop !== undefined) texts.push({ text: `stop=${options.stop}`, option: '--stop' });
    for (const { text, option } of texts) {
      try {
        const setting = applySetting(value, text);
        this.settings.push({ ...setting, text: `${option} ${text}` });
      } catch (error) {
        if (!(error instanceof SettingError)) throw error;
        const place = { file: `${option} ${text}`, line: 1, column: error.offset + 1, path: '' };
        this.diagnostics.push({ severity: 'error', ...place, message: error.message, ...error.hint });
      }
    }
  }

  private check(value: unknown): LoadedScenario | FaultyScenario {
    const result = scenarioSchema.safeParse(value);
    if (!result.success) {
      const problems = schemaProblems(result.error.issues, value);
      for (const problem of problems) this.report(problem);
      // Beyond the limit on reports nothing more would be told.
      const repaired = problems.length < limits.errors ? repair(value) : undefined;
      if (repaired !== undefined) this.checkRest(repaired);
      return this.faulty();
    }
    const scenario = completeScenario(result.data);
    const { topology, problems } = checkScenario(scenario, this.files);
    for (const problem of problems) this.report(problem);
    if (this.diagnostics.some(({ severity }) => severity === 'error')) return this.faulty();
    return { scenario, topology, warnings: this.ordered('warning') };
  }

  /** Checks what the schema has left of a faulty scenario, without the echoes of what it has refused. */
  private checkRest(repaired: Repaired): void {
    for (const problem of checkScenario(completeScenario(repaired.scenario), this.files).problems) {
      const path = repaired.originalPath(problem.path);
      if (problem.severity === 'warning' || isEcho(problem, path, repaired.removed)) continue;
      this.report({ ...problem, path });
    }
  }

  private reportText({ offset, message, expected, nearest }: TextProblem): void {
    const position = positionAt(this.starts, offset);
    this.explained.add(`${position.line}:${position.column}`);
    this.diagnostics.push({
      severity: 'error',
      file: this.fileName,
      ...position,
      path: '',
      message,
      expected,
      nearest,
    });
  }

  private report(problem: Problem): void {
    const { severity, message, expected, nearest } = problem;
    const place =
      problem.place === undefined
        ? this.place(problem.path, problem.at ?? 'value')
        : { ...problem.place, file: besideScenario(this.fileName, problem.place.file) };
    // What is odd in the text at this very place explains what does not fit the schema there.
    if (place.file === this.fileName && this.explained.has(`${place.line}:${place.column}`)) return;
    this.diagnostics.push({ severity, ...place, path: formatPath(problem.path), message, expected, nearest });
  }

  private place(path: ScenarioPath, at: 'key' | 'value'): { file: string; line: number; column: number } {
    const setting = this.settings.findLast((known) =>
      known.path.every((step, index) => step === String(path[index])),
    );
    if (setting !== undefined) return { file: setting.text, line: 1, column: 1 };
    const offset = this.locator?.offset(path, at) ?? 0;
    return { file: this.fileName, ...positionAt(this.starts, offset) };
  }

  private faulty(): FaultyScenario {
    return { errors: this.ordered('error'), warnings: this.ordered('warning') };
  }

  private ordered(severity: Diagnostic['severity']): Diagnostic[] {
    const list = this.diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    list.sort((a, b) => a.line - b.line || a.column - b.column);
    if (list.length <= limits.errors) return list;
    const more = { ...list[limits.errors], message: `and ${list.length - limits.errors} more from here on` };
    return [...list.slice(0, limits.errors), { ...more, expected: undefined, nearest: undefined }];
  }
}

/** The path of a file that the scenario names, as one would give it where the scenario's own was given. */
function besideScenario(scenario: string, file: string): string {
  const folder = scenario.slice(0, scenario.lastIndexOf('/') + 1);
  return file.startsWith('/') ? file : folder + file;
}
