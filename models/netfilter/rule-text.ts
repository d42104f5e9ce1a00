import type { RuleSpec } from './control-types.ts';

/** A text that two rules share exactly when they say the same. */
export function ruleText(spec: RuleSpec): string {
  const { source, destination, inInterface, outInterface, protocol, fragment, matches, target } = spec;
  return JSON.stringify(
    canonical({
      source,
      destination,
      inInterface,
      outInterface,
      protocol,
      fragment,
      matches: matches ?? [],
      target,
    }),
  );
}

/** The same data with keys in order and without what says nothing. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined && inner !== false)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
