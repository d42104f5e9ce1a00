import { z } from 'zod';
import { scenarioSchema } from './schema/scenario.ts';

/**
 * The published JSON Schema (draft 2020-12) of scenario files, for completion and checks in editors. It comes
 * from the schema that podwire itself reads scenarios with; only podwire knows what names refer to.
 */
export function scenarioJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-2020-12' });
  const { $schema, ...rest } = schema as Record<string, unknown>;
  return {
    $schema,
    title: 'podwire scenario',
    description: 'A cluster, its traffic and what happens to it, as podwire simulates it packet by packet.',
    ...rest,
  };
}

/** The text of `scenario.schema.json`. */
export function printJsonSchema(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
}
