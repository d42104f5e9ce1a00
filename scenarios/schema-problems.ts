import type { z } from 'zod';
import { type Problem, quote, type ScenarioPath } from './diagnostic.ts';
import { nearestName } from './nearest-name.ts';
import { keysKnownAt } from './schema/section.ts';
import { typeName } from './schema/text-value.ts';

type Issue = z.core.$ZodIssue;

/** Turns what zod found wrong with `value` into problems in the words of the scenario language. */
export function schemaProblems(issues: readonly Issue[], value: unknown): Problem[] {
  return dropConsequences(issues).flatMap((issue) => problemsOf(issue, [], value));
}

/** A map with an unknown key often lacks the one that was meant: its checks as a whole add nothing. */
function dropConsequences(issues: readonly Issue[]): Issue[] {
  const mistyped = new Set<string>();
  for (const issue of issues)
    if (issue.code === 'unrecognized_keys') mistyped.add(JSON.stringify(issue.path));
  return issues.filter((issue) => issue.code !== 'custom' || !mistyped.has(JSON.stringify(issue.path)));
}

function problemsOf(issue: Issue, parent: ScenarioPath, root: unknown): Problem[] {
  const path = [...parent, ...(issue.path as (string | number)[])];
  const value = valueAt(root, path);
  const error = (message: string, rest: Partial<Problem> = {}): Problem[] => [
    { severity: 'error', path, message, ...rest },
  ];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, value));
  if (issue.code === 'invalid_key') return error(issue.issues[0]?.message ?? issue.message, { at: 'key' });
  if (value === undefined && path.length > 0 && !isChoice(issue)) return missingKey(path);
  if (issue.code === 'invalid_union') {
    if (issue.errors.length === 0)
      return unknownValue('options' in issue ? (issue.options ?? []) : [], path, value);
    return dropConsequences(nearestBranch(issue.errors, value)).flatMap((inner) =>
      problemsOf(inner, path, root),
    );
  }
  if (issue.code === 'invalid_value') return unknownValue(issue.values, path, value);
  if (issue.code === 'custom') {
    const { expected, nearest, atKey } = issue.params ?? {};
    return error(issue.message, { expected, nearest, ...(atKey ? { at: 'key' as const } : {}) });
  }
  if (issue.code === 'invalid_type') {
    const what = typeof value === 'string' ? quote(value) : typeName(value);
    return error(`${what} is not valid here`, { expected: typeNames[issue.expected] ?? issue.expected });
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') return error(...outOfRange(issue, value));
  return error(issue.message);
}

const typeNames: Record<string, string> = {
  string: 'text (in quotes where it looks like a number)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list of two',
  object: 'a map',
  record: 'a map',
};

/** A missing discriminator is reported as a wrong one. */
function isChoice(issue: Issue): boolean {
  return issue.code === 'invalid_union' && issue.errors.length === 0;
}

function unknownKey(key: string, path: ScenarioPath, map: unknown): Problem {
  const known = keysKnownAt(map as object);
  return {
    severity: 'error',
    path: [...path, key],
    at: 'key',
    message: `unknown key ${quote(key)}`,
    expected: known.length <= 12 ? `one of ${known.join(', ')}` : undefined,
    nearest: nearestName(key, known),
  };
}

function missingKey(path: ScenarioPath): Problem[] {
  const key = String(path[path.length - 1]);
  return [{ severity: 'error', path, message: `the key ${quote(key)} is missing` }];
}

function unknownValue(values: readonly unknown[], path: ScenarioPath, value: unknown): Problem[] {
  const known = values.map(String);
  const expected = known.length === 1 ? known[0] : `one of ${known.join(', ')}`;
  if (value === undefined) return [{ ...missingKey(path)[0], expected }];
  const text = typeof value === 'string' ? quote(value) : typeName(value);
  const nearest = typeof value === 'string' ? nearestName(value, known) : undefined;
  return [{ severity: 'error', path, message: `${text} is not valid here`, expected, nearest }];
}

/**
 * Of the alternatives of a union, the one that fits the kind of value given: whose complaints lie inside the
 * value and not at the value as a whole, and of those the one with the fewest.
 */
function nearestBranch(branches: readonly Issue[][], value: unknown): Issue[] {
  const isWrongKind = (issue: Issue) =>
    issue.code === 'invalid_type' ||
    (issue.code === 'invalid_value' && typeof value !== 'string') ||
    (issue.code === 'custom' && issue.params?.wrongKind === true);
  const rank = (issues: Issue[]) => {
    const wholes = issues.filter((issue) => issue.path.length === 0);
    return (wholes.some(isWrongKind) ? 1e6 : 0) + wholes.length * 1e3 + issues.length;
  };
  return branches.reduce((best, branch) => (rank(branch) < rank(best) ? branch : best));
}

function outOfRange(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  value: unknown,
): [string, Partial<Problem>] {
  const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
  if (issue.origin === 'array') return ['the list has the wrong length', { expected: `${bound} entries` }];
  if (issue.origin === 'string')
    return ['the text has the wrong length', { expected: `${bound} characters` }];
  return [`${value} is out of range`, { expected: bound }];
}

function valueAt(root: unknown, path: ScenarioPath): unknown {
  let value: unknown = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
