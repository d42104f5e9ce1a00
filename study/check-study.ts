import { type Problem, quote, type ScenarioPath } from '../scenarios/diagnostic.ts';
import { nearestName } from '../scenarios/nearest-name.ts';
import { networkMetricNames } from './metrics.ts';
import { combinations, valuesOfParameter } from './point.ts';
import type { Study } from './schema/study.ts';

/** Combinations of parameters that a study may have. */
const POINTS_MAX = 10_000;

/** What a schema cannot check: names of parameters, sizes, keys that need one another. */
export function checkStudy(study: Study): Problem[] {
  return [
    ...checkNames(study),
    ...checkMaps(study),
    ...checkExcluded(study),
    ...checkFigure(study),
    ...checkReplications(study),
    ...checkSize(study),
  ];
}

/** Names of columns that every table of results has. */
const columnNames = ['key', 'replication', 'seed', 'runs', 'warmup', 'precise', ...networkMetricNames];

/** A parameter has a column in the results, beside those of the figures. */
function checkNames({ parameters }: Study): Problem[] {
  const taken = Object.keys(parameters).filter((name) => columnNames.includes(name));
  return taken.map((name) => {
    const message = `${quote(name)} is the name of a column of the results already`;
    return { severity: 'error', path: ['parameters', name], at: 'key', message };
  });
}

/**
 * A value that is a map holds the value itself under the name of the parameter, as every other of them does.
 */
function checkMaps({ parameters }: Study): Problem[] {
  return Object.entries(parameters).flatMap(([name, { values }]) =>
    values.flatMap((value, index): Problem[] => {
      if (typeof value !== 'object' || Object.hasOwn(value, name)) return [];
      const message = `the value of ${name} itself is missing`;
      const path = ['parameters', name, 'values', index];
      return [{ severity: 'error', path, message, expected: `{ ${name}: ... }` }];
    }),
  );
}

function checkExcluded(study: Study): Problem[] {
  const { exclude, parameters } = study;
  return exclude.flatMap((rule, index) =>
    Object.entries(rule).flatMap(([name, excluded]): Problem[] => {
      const path = ['exclude', index, name];
      if (!Object.hasOwn(parameters, name)) return [unknownParameter(name, path, 'key', parameters)];
      const values = valuesOfParameter(study, name);
      const unknown = [excluded].flat().find((value) => !values.includes(value));
      if (unknown === undefined) return [];
      const known = values.map(String);
      const message = `${quote(String(unknown))} is not a value of ${name}`;
      const nearest = nearestName(String(unknown), known);
      return [{ severity: 'error', path, message, expected: known.join(', '), nearest }];
    }),
  );
}

function checkFigure({ figure, parameters }: Study): Problem[] {
  if (figure === undefined || Object.hasOwn(parameters, figure.x)) return [];
  return [unknownParameter(figure.x, ['figure', 'x'], 'value', parameters)];
}

function unknownParameter(
  name: string,
  path: ScenarioPath,
  at: 'key' | 'value',
  parameters: Study['parameters'],
): Problem {
  const names = Object.keys(parameters);
  const message = `there is no parameter ${quote(name)}`;
  return {
    severity: 'error',
    path,
    at,
    message,
    expected: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  };
}

function checkReplications({ replications, precision }: Study): Problem[] {
  const complain = (message: string, expected: string): Problem[] => [
    { severity: 'error', path: ['replications'], at: 'key', message, expected },
  ];
  if (precision !== undefined && typeof replications === 'number') {
    const expected = 'replications: { min: 3, max: 30 }';
    return complain('with a precision to be reached, how many runs there are is found out', expected);
  }
  if (precision !== undefined || typeof replications !== 'object') return [];
  return complain('a range of replications needs a precision that decides', 'precision: { relative: 5% }');
}

function checkSize(study: Study): Problem[] {
  const count = combinations(study);
  if (count <= POINTS_MAX) return [];
  const message = `the study has ${count} points`;
  return [{ severity: 'error', path: ['parameters'], at: 'key', message, expected: `at most ${POINTS_MAX}` }];
}
