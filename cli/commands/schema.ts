import { Argument, type Command, Option } from 'commander';
import { renderSchemaReference, scenarioReference, studyReference } from '../../report/schema-reference.ts';
import { printJsonSchema, scenarioJsonSchema } from '../../scenarios/index.ts';
import { printStudySchema, studyJsonSchema } from '../../study/json-schema.ts';
import type { Io } from '../io.ts';

interface SchemaOptions {
  format: 'json' | 'markdown';
  json?: boolean;
}

/**
 * `podwire schema [scenario|study]`: the JSON Schema of such files, for completion and checks in editors, or
 * as a page to read.
 */
export function addSchemaCommand(program: Command, io: Io): void {
  program
    .command('schema')
    .description('print the JSON Schema of scenario or study files')
    .addArgument(new Argument('[KIND]', 'kind of file').choices(['scenario', 'study']).default('scenario'))
    .addOption(
      new Option('--format <F>', 'JSON Schema for editors, or a page for people')
        .choices(['json', 'markdown'])
        .default('json'),
    )
    .option('--json', 'the same as --format json')
    .action((kind: 'scenario' | 'study', { format, json }: SchemaOptions) => {
      io.stdout.write(format === 'markdown' && !json ? page(kind) : text(kind));
    });
}

function page(kind: 'scenario' | 'study'): string {
  return kind === 'study'
    ? renderSchemaReference(studyJsonSchema(), studyReference)
    : renderSchemaReference(scenarioJsonSchema(), scenarioReference);
}

function text(kind: 'scenario' | 'study'): string {
  return kind === 'study' ? printStudySchema() : printJsonSchema();
}
