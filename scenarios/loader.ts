import { checkScenario } from './check/check-scenario.ts';
import { completeScenario } from './complete.ts';
import type { Diagnostic, Problem } from './diagnostic.ts';
import { isEcho } from './echo.ts';
import { InputFiles, READS_NOTHING, type ReadFile } from './input/input-files.ts';
import { limits } from './limits.ts';
import { type Repaired, repair } from './repair.ts';
import { type Scenario, scenarioSchema } from './schema/scenario.ts';
import { schemaProblems } from './schema-problems.ts';
import { applySetting, type Setting, SettingError } from './set-value.ts';
import { SourceDocument } from './source-document.ts';
import type { Topology } from './topology/topology.ts';

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
  private readonly source: SourceDocument;
  private readonly settings: Setting[] = [];
  private files = new InputFiles(READS_NOTHING);

  constructor(text: string, fileName: string) {
    this.source = new SourceDocument(text, fileName);
  }

  run(options: LoadOptions): LoadedScenario | FaultyScenario {
    if (options.readFile !== undefined) this.files = new InputFiles(options.readFile);
    const value = this.source.read('scenario', 'name, stop, cluster');
    if (value === undefined) return this.faulty();
    this.applySettings(value, options);
    return this.check(value);
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
        const place = { file: `${option} ${text}`, line: 1, column: error.offset + 1 };
        this.source.report({ severity: 'error', path: [], message: error.message, ...error.hint }, place);
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
    if (this.source.hasErrors) return this.faulty();
    return { scenario, topology, warnings: this.source.ordered('warning') };
  }

  /** Checks what the schema has left of a faulty scenario, without the echoes of what it has refused. */
  private checkRest(repaired: Repaired): void {
    for (const problem of checkScenario(completeScenario(repaired.scenario), this.files).problems) {
      const path = repaired.originalPath(problem.path);
      if (problem.severity === 'warning' || isEcho(problem, path, repaired.removed)) continue;
      this.report({ ...problem, path });
    }
  }

  /** What a setting has put there stands in the setting. */
  private report(problem: Problem): void {
    if (problem.place !== undefined) {
      this.source.report(problem, {
        ...problem.place,
        file: besideScenario(this.source.fileName, problem.place.file),
      });
      return;
    }
    const setting = this.settings.findLast((known) =>
      known.path.every((step, index) => step === String(problem.path[index])),
    );
    if (setting === undefined) this.source.report(problem);
    else this.source.report(problem, { file: setting.text, line: 1, column: 1 });
  }

  private faulty(): FaultyScenario {
    return { errors: this.source.ordered('error'), warnings: this.source.ordered('warning') };
  }
}

/** The path of a file that the scenario names, as one would give it where the scenario's own was given. */
function besideScenario(scenario: string, file: string): string {
  const folder = scenario.slice(0, scenario.lastIndexOf('/') + 1);
  return file.startsWith('/') ? file : folder + file;
}
