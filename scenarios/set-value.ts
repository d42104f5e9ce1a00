import { documentValue } from './yaml/document-value.ts';
import { parseYaml } from './yaml/parse-document.ts';

/** A value that replaces one of the file, as `--set path=value` gives it. */
export interface Setting {
  /** The whole text of the option, for messages. */
  text: string;
  path: (string | number)[];
}

/** What is wrong with a setting, at an offset of its text. */
export class SettingError extends Error {
  constructor(
    readonly offset: number,
    message: string,
    readonly hint: { expected?: string; nearest?: string } = {},
  ) {
    super(message);
  }
}

/**
 * Sets one value in a scenario read from YAML (changed in place). The path has dots between keys; list
 * positions are numbers (`events.0.at` or `events[0].at`); keys that hold dots can be written as they are
 * where the scenario has them already, else in brackets and quotes. The value is YAML. Throws SettingError.
 */
export function applySetting(root: unknown, text: string): Setting {
  const equals = findEquals(text);
  if (equals <= 0)
    throw new SettingError(0, 'a setting needs a path and a value', { expected: 'path=value' });
  const value = readValue(text, equals + 1);
  const path: (string | number)[] = [];
  let container = root;
  let at = 0;
  while (true) {
    const step = readStep(text, at, equals, container);
    path.push(step.key);
    if (step.end === equals) break;
    container = enter(container, step.key, at);
    at = step.end;
  }
  assign(container, path[path.length - 1], value, at);
  return { text, path };
}

/** The first equals sign outside brackets: names in quotes may hold one. */
function findEquals(text: string): number {
  const match = /^(?:\[(?:"[^"]*"|'[^']*'|[^\]]*)\]|[^=[])*=/.exec(text);
  return match === null ? -1 : match[0].length - 1;
}

function readValue(text: string, from: number): unknown {
  const parsed = parseYaml(text.slice(from));
  const read = parsed.document && documentValue(parsed.document);
  const problem = [...parsed.problems, ...(read?.problems ?? [])][0];
  if (problem !== undefined) throw new SettingError(from + problem.offset, problem.message, problem);
  return read?.value;
}

/** Reads the step that begins at `at`; `end` is the place behind it and the dot that follows. */
function readStep(
  text: string,
  at: number,
  equals: number,
  container: unknown,
): { key: string; end: number } {
  const behindDot = (end: number) => (end < equals && text[end] === '.' ? end + 1 : end);
  const bracket = /^\[(?:"([^"]*)"|'([^']*)'|(\d+))\]/.exec(text.slice(at, equals));
  if (bracket !== null) {
    const key = bracket[1] ?? bracket[2] ?? bracket[3];
    return { key, end: behindDot(at + bracket[0].length) };
  }
  const rest = text.slice(at, equals);
  const known = keysOf(container).filter(
    (key) => rest === key || rest.startsWith(`${key}.`) || rest.startsWith(`${key}[`),
  );
  const longest = known.sort((a, b) => b.length - a.length)[0];
  const key = longest ?? /^[^.[]*(?:\[[^\]"']*\D[^\]"']*\][^.[]*)*/.exec(rest)![0];
  if (key === '' || key === '__proto__')
    throw new SettingError(at, `no key here`, { expected: 'path=value' });
  return { key, end: behindDot(at + key.length) };
}

function enter(container: unknown, key: string, at: number): unknown {
  const inner = (container as Record<string, unknown>)[key];
  if (typeof inner === 'object' && inner !== null) return inner;
  if (inner !== undefined && inner !== null) {
    throw new SettingError(at, `"${key}" holds a single value and has nothing inside`);
  }
  const created = Object.create(null);
  assign(container, key, created, at);
  return created;
}

function assign(container: unknown, key: string | number, value: unknown, at: number): void {
  if (!Array.isArray(container)) {
    (container as Record<string, unknown>)[key] = value;
    return;
  }
  const index = Number(key);
  const valid = Number.isInteger(index) && index >= 0 && index <= container.length;
  if (!valid) {
    const expected = `a position from 0 to ${container.length}`;
    throw new SettingError(at, `"${key}" is not a position in this list`, { expected });
  }
  container[index] = value;
}

function keysOf(container: unknown): string[] {
  return typeof container === 'object' && container !== null ? Object.keys(container) : [];
}
