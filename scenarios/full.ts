import { stringify } from 'yaml';
import { z } from 'zod';
import { type Scenario, scenarioSchema } from './schema/scenario.ts';

/**
 * A scenario as a file would give it, with every default written out: loading what this prints gives the same
 * scenario, also when defaults have changed meanwhile.
 */
export function fullScenario(scenario: Scenario): Record<string, unknown> {
  return z.encode(scenarioSchema, scenario) as Record<string, unknown>;
}

/** The YAML text of `fullScenario`. */
export function printFullScenario(scenario: Scenario): string {
  return stringify(fullScenario(scenario), { lineWidth: 0 });
}
