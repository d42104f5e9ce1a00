import type { RunResult } from '../scenarios/builder/run-result.ts';

/** Version of the layout of `results.json`; it grows when a field changes its meaning or goes away. */
const FORMAT = 1;

/**
 * The results of a run as JSON. Without `extra` it depends on nothing but the scenario and its seed: the same
 * run gives the same bytes on any machine.
 */
export function resultsText(
  result: RunResult,
  complete: boolean,
  extra: Record<string, unknown> = {},
): string {
  return linewiseJson({ format: FORMAT, complete, ...result, ...extra });
}

/**
 * JSON with a line for each member and for each element of a list in it: to be read, searched and compared.
 */
export function linewiseJson(value: Record<string, unknown>): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `  ${JSON.stringify(name)}: ${memberText(member)}`);
  return `{\n${members.join(',\n')}\n}\n`;
}

function memberText(member: unknown): string {
  if (!Array.isArray(member) || member.length === 0) return JSON.stringify(member);
  return `[\n${member.map((element) => `    ${JSON.stringify(element)}`).join(',\n')}\n  ]`;
}
