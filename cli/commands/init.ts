import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { scenarioTemplate } from '../../scenarios/index.ts';
import { CommandError, systemErrorText } from '../command-error.ts';
import type { Io } from '../io.ts';

interface InitOptions {
  force?: boolean;
  json?: boolean;
}

/** `podwire init NAME`: writes a first scenario with comments to NAME.yaml. */
export function addInitCommand(program: Command, io: Io): void {
  program
    .command('init')
    .description('write a first scenario, with comments, to NAME.yaml')
    .argument('<NAME>', 'name of the scenario: letters, digits, hyphens, underscores')
    .option('--force', 'replace the file if it is there already')
    .option('--json', 'print the name of the file as JSON')
    .action((name: string, options: InitOptions) => {
      const file = writeTemplate(name, options.force === true, io.cwd);
      if (options.json) io.stdout.write(`${JSON.stringify({ file })}\n`);
      else io.stdout.write(`wrote ${file}; run it with: podwire run ${file}\n`);
    });
}

function writeTemplate(given: string, force: boolean, cwd: string): string {
  const name = given.replace(/\.ya?ml$/, '');
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(name)) {
    throw new CommandError(
      `${JSON.stringify(given)} is not a name: letters, digits, hyphens and underscores, at most 63`,
    );
  }
  const file = `${name}.yaml`;
  try {
    // wx: made here or not at all, also when somebody else makes it at this moment
    writeFileSync(resolve(cwd, file), scenarioTemplate(name), { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new CommandError(`${file} is there already (--force replaces it)`);
    }
    throw new CommandError(`cannot write ${file}: ${systemErrorText(error)}`);
  }
  return file;
}
