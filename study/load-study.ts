import { type Diagnostic, type Problem, quote, type ScenarioPath } from '../scenarios/diagnostic.ts';
import { READS_NOTHING, type ReadFile, type UnreadableFile } from '../scenarios/input/input-files.ts';
import { type LoadedScenario, loadScenario } from '../scenarios/loader.ts';
import { nearestName } from '../scenarios/nearest-name.ts';
import type { MetricKind } from '../scenarios/schema/metrics.ts';
import { printDuration } from '../scenarios/schema/units.ts';
import { schemaProblems } from '../scenarios/schema-problems.ts';
import { SourceDocument } from '../scenarios/source-document.ts';
import { checkStudy } from './check-study.ts';
import { knownMetrics } from './metrics.ts';
import { type PointPlan, type PointSetting, pointsOf, UnknownVariable } from './point.ts';
import { type Study, studySchema } from './schema/study.ts';

/** A point of a study whose scenario has been checked. */
export interface Point {
  /** Among the points of the study, from 0. */
  index: number;
  parameters: PointPlan['parameters'];
  /** What `--set` would have to say to get its scenario. */
  settings: string[];
  scenario: LoadedScenario['scenario'];
  /** The files that its scenario names, by their names there. */
  files: Readonly<Record<string, string>>;
}

/** A scenario file that was read. */
export interface ScenarioSource {
  text: string;
  /** As reports should call it. */
  fileName: string;
  /** Reads the files that it names. */
  readFile?: ReadFile;
}

export interface LoadedStudy {
  study: Study;
  scenarioText: string;
  points: Point[];
  /** Every figure that a point has. */
  metrics: ReadonlyMap<string, MetricKind>;
  warnings: Diagnostic[];
  errors?: undefined;
}

export interface FaultyStudy {
  errors: Diagnostic[];
  warnings: Diagnostic[];
}

/** Faulty points told of at most: the rest is mostly the same. */
const FAULTY_TOLD = 20;

/**
 * Reads and checks a study and the scenario of each of its points; tells everything that is wrong, with
 * places in the study file or in the scenario.
 * @param fileName is only repeated in the reports
 * @param readScenario gives the scenario file that the study names, or says why there is none
 */
export function loadStudy(
  text: string,
  fileName: string,
  readScenario: (name: string) => ScenarioSource | { problem: string },
): LoadedStudy | FaultyStudy {
  const source = new SourceDocument(text, fileName);
  const faulty = () => ({ errors: source.ordered('error'), warnings: source.ordered('warning') });
  const value = source.read('study', 'name, scenario, parameters, metrics');
  if (value === undefined) return faulty();
  const parsed = studySchema.safeParse(value);
  if (!parsed.success) {
    for (const problem of schemaProblems(parsed.error.issues, value)) source.report(problem);
    return faulty();
  }
  const study = parsed.data;
  for (const problem of checkStudy(study)) source.report(problem);
  if (source.hasErrors) return faulty();
  const scenario = readScenario(study.scenario);
  if ('problem' in scenario) {
    source.report({ severity: 'error', path: ['scenario'], message: scenario.problem });
    return faulty();
  }
  const points = new PointLoading(source, study, scenario).run();
  const metrics = new Map(points.flatMap((point) => [...knownMetrics(point.scenario)]));
  if (!source.hasErrors) for (const problem of unknownMetrics(study, metrics)) source.report(problem);
  if (source.hasErrors) return faulty();
  return { study, scenarioText: scenario.text, points, metrics, warnings: source.ordered('warning') };
}

/**
 * Loads the scenario of every point; what is wrong with it is told once, at its place in the study where it
 * has one.
 */
class PointLoading {
  private readonly told = new Set<string>();
  private readonly files = new Map<string, string | UnreadableFile>();
  private faulty = 0;

  constructor(
    private readonly source: SourceDocument,
    private readonly study: Study,
    private readonly scenario: ScenarioSource,
  ) {}

  run(): Point[] {
    const points: Point[] = [];
    for (const [index, plan] of this.plans().entries()) {
      if (this.faulty >= FAULTY_TOLD) break;
      const settings = plan.settings.map(({ text }) => text);
      const { warmup } = this.study;
      if (warmup.kind === 'fixed') settings.push(`measure.warmup=${printDuration(warmup.until)}`);
      const files: Record<string, string> = {};
      const readFile = (name: string) => this.readFile(name, files);
      const loaded = loadScenario(this.scenario.text, this.scenario.fileName, { set: settings, readFile });
      for (const found of [...(loaded.errors ?? []), ...loaded.warnings]) this.tell(found, plan);
      if (loaded.errors !== undefined) this.faulty++;
      else points.push({ index, parameters: plan.parameters, settings, scenario: loaded.scenario, files });
    }
    return points;
  }

  /** Each file is read once for all points; those of a point are put into `files`. */
  private readFile(name: string, files: Record<string, string>): string | UnreadableFile {
    const { readFile = READS_NOTHING } = this.scenario;
    const text = this.files.get(name) ?? readFile(name);
    this.files.set(name, text);
    if (typeof text === 'string') files[name] = text;
    return text;
  }

  private plans(): PointPlan[] {
    try {
      const plans = pointsOf(this.study);
      if (plans.length > 0) return plans;
      this.source.report({ severity: 'error', path: ['exclude'], at: 'key', message: 'no point is left' });
      return [];
    } catch (error) {
      if (!(error instanceof UnknownVariable)) throw error;
      const { variable, path } = error;
      const names = Object.keys(this.study.parameters);
      const expected = `one of ${names.join(', ')}`;
      const nearest = nearestName(variable, names);
      const message = `there is no parameter or variable ${quote(variable)}`;
      this.source.report({ severity: 'error', path, message, expected, nearest });
      return [];
    }
  }

  private tell(found: Diagnostic, plan: PointPlan): void {
    const setting = plan.settings.find(({ text }) => found.file === `--set ${text}`);
    const place = setting === undefined ? [found.file, found.line, found.column] : setting.pathAt;
    const once = JSON.stringify([place, found.message]);
    if (this.told.has(once)) return;
    this.told.add(once);
    const { severity, expected, nearest } = found;
    const problem = { severity, path: placeOf(found, setting), message: found.message, expected, nearest };
    if (setting !== undefined && setting.pathAt !== setting.valueAt) {
      this.source.report(problem);
      return;
    }
    const point = Object.entries(plan.parameters).map(([name, value]) => `${name} = ${value}`);
    problem.message += `, with ${point.join(', ')}`;
    if (setting !== undefined) this.source.report(problem);
    else this.source.report(problem, found);
  }
}

/** The part of the study that a report on a scenario is about. */
function placeOf(found: Diagnostic, setting: PointSetting | undefined): ScenarioPath {
  if (setting === undefined) return ['scenario'];
  const ofPath = found.path === '' || found.message.startsWith('unknown key');
  return ofPath ? setting.pathAt : setting.valueAt;
}

/** Figures that the study names and no point has. */
function unknownMetrics(study: Study, known: ReadonlyMap<string, MetricKind>): Problem[] {
  const named: [ScenarioPath, readonly string[]][] = [
    [['metrics'], study.metrics],
    [['precision', 'of'], study.precision?.of ?? []],
    [['figure', 'y'], study.figure?.y ?? []],
  ];
  return named.flatMap(([path, names]) =>
    names.flatMap((name, index): Problem[] => {
      if (known.has(name)) return [];
      const message = `no point of the study has the figure ${quote(name)}`;
      const nearest = nearestName(name, known.keys());
      return [{ severity: 'error', path: [...path, index], message, nearest }];
    }),
  );
}
