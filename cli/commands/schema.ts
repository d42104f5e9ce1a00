import { type Command, Option } from 'commander';
import { renderSchemaReference } from '../../report/schema-reference.ts';
import { printJsonSchema, scenarioJsonSchema } from '../../scenarios/index.ts';
import type { Io } from '../io.ts';

interface SchemaOptions {
  format: 'json' | 'markdown';
  json?: boolean;
}

/**
 * `podwire schema`: the JSON Schema of scenario files, for completion and checks in editors, or as a page to
 * read.
 */
export function addSchemaCommand(program: Command, io: Io): void {
  program
    .command('schema')
    .description('print the JSON Schema of scenario files')
    .addOption(
      new Option('--format <F>', 'JSON Schema for editors, or a page for people')
        .choices(['json', 'markdown'])
        .default('json'),
    )
    .option('--json', 'the same as --format json')
    .action(({ format, json }: SchemaOptions) => {
      const page = format === 'markdown' && !json;
      io.stdout.write(page ? renderSchemaReference(scenarioJsonSchema()) : printJsonSchema());
    });
}
