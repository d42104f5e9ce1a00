import type { Command } from 'commander';
import { printJsonSchema } from '../../scenarios/index.ts';
import type { Io } from '../io.ts';

/** `podwire schema`: the JSON Schema of scenario files, for completion and checks in editors. */
export function addSchemaCommand(program: Command, io: Io): void {
  program
    .command('schema')
    .description('print the JSON Schema of scenario files')
    .option('--json', 'the schema is JSON anyway')
    .action(() => io.stdout.write(printJsonSchema()));
}
