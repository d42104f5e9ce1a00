import { z } from 'zod';
import { studySchema } from './schema/study.ts';

/** The published JSON Schema (draft 2020-12) of study files. */
export function studyJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(studySchema, { io: 'input', target: 'draft-2020-12' });
  return {
    $schema,
    title: 'podwire study',
    description: 'A scenario, what is varied of it, and how often each variation is run.',
    ...rest,
  };
}

/** The text of `study.schema.json`. */
export function printStudySchema(): string {
  return `${JSON.stringify(studyJsonSchema(), null, 2)}\n`;
}
