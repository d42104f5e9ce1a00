import { parse } from 'yaml';
import type { ScenarioPath } from '../scenarios/diagnostic.ts';
import type { ParameterValue, Study } from './schema/study.ts';

/** A value set in the scenario, and where the study file says so. */
export interface PointSetting {
  /** `path=value`, as `--set` takes it. */
  text: string;
  /** Places in the study file of the path and of the value. */
  pathAt: ScenarioPath;
  valueAt: ScenarioPath;
}

/** One combination of the parameters' values. */
export interface PointPlan {
  /** In the order of the file. */
  parameters: Record<string, ParameterValue>;
  settings: PointSetting[];
}

/** Something in `set` stands for a parameter that is not there. */
export class UnknownVariable extends Error {
  constructor(
    readonly variable: string,
    readonly path: ScenarioPath,
  ) {
    super(variable);
  }
}

/**
 * Every combination of the values but those left out; the last parameter changes first.
 * @throws UnknownVariable
 */
export function pointsOf(study: Study): PointPlan[] {
  let places: Record<string, number>[] = [{}];
  for (const [name, { values }] of Object.entries(study.parameters)) {
    places = places.flatMap((place) => values.map((_, index) => ({ ...place, [name]: index })));
  }
  const points = places.map((place) => pointAt(study, place));
  return points.filter(({ parameters }) => !study.exclude.some((rule) => matches(rule, parameters)));
}

/** How many combinations there are, those left out among them. */
export function combinations(study: Study): number {
  return Object.values(study.parameters).reduce((product, { values }) => product * values.length, 1);
}

function matches(rule: Study['exclude'][number], parameters: PointPlan['parameters']): boolean {
  return Object.entries(rule).every(([name, values]) => [values].flat().includes(parameters[name]));
}

/** The values of a parameter themselves, without the variables that go with them. */
export function valuesOfParameter(study: Study, name: string): ParameterValue[] {
  return study.parameters[name].values.map((value) => (typeof value === 'object' ? value[name] : value));
}

function pointAt(study: Study, place: Record<string, number>): PointPlan {
  const parameters: PointPlan['parameters'] = {};
  const variables: PointPlan['parameters'] = {};
  const settings: PointSetting[] = [];
  for (const [name, { set, values }] of Object.entries(study.parameters)) {
    const at = ['parameters', name];
    const given = values[place[name]];
    const value = typeof given === 'object' ? given[name] : given;
    parameters[name] = value;
    Object.assign(variables, typeof given === 'object' ? given : { [name]: value });
    for (const path of [set ?? []].flat()) {
      const text = `${path}=${valueText(value)}`;
      settings.push({ text, pathAt: [...at, 'set'], valueAt: [...at, 'values', place[name]] });
    }
  }
  const common = Object.entries(study.set).map(([key, value]): PointSetting => {
    const at = ['set', key];
    const path = replaceIn(key, variables, at);
    return { text: `${path}=${valueText(replace(value, variables, at))}`, pathAt: at, valueAt: at };
  });
  return { parameters, settings: [...common, ...settings] };
}

/**
 * A value with `${NAME}` replaced in all its keys and texts; a text that is nothing else becomes the value
 * itself.
 */
function replace(value: unknown, variables: PointPlan['parameters'], at: ScenarioPath): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{([^}]*)\}$/.exec(value)?.[1];
    if (whole !== undefined && Object.hasOwn(variables, whole)) return variables[whole];
    return replaceIn(value, variables, at);
  }
  if (Array.isArray(value)) return value.map((element) => replace(element, variables, at));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    replaceIn(key, variables, at),
    replace(inner, variables, at),
  ]);
  return Object.fromEntries(entries);
}

function replaceIn(text: string, variables: PointPlan['parameters'], at: ScenarioPath): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (!Object.hasOwn(variables, name)) throw new UnknownVariable(name, at);
    return String(variables[name]);
  });
}

/** YAML of a value on one line, without quotes where none are needed. */
function valueText(value: unknown): string {
  const plain = typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9 ._/%-]*$/.test(value);
  return plain && parse(value) === value ? value : JSON.stringify(value);
}
