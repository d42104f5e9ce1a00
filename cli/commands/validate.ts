import type { Command } from 'commander';
import { countOf } from '../../report/units.ts';
import { fullScenario, printFullScenario } from '../../scenarios/index.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { readScenario } from '../read-scenario.ts';
import { linewiseJson } from '../results-text.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';

interface ValidateOptions extends ScenarioOptions {
  full?: boolean;
  json?: boolean;
}

/**
 * `podwire validate FILE`: every error and warning with its place, or the scenario with every default written
 * out.
 */
export function addValidateCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  const command = program
    .command('validate')
    .description('check a scenario and tell everything that is wrong with it')
    .argument('<FILE>', 'scenario file, - for standard input')
    .option('--full', 'print the scenario with every default written out');
  addScenarioOptions(command)
    .option('--json', 'print the findings as JSON')
    .action(async (file: string, options: ValidateOptions) => setStatus(await validate(file, options, io)));
}

async function validate(file: string, options: ValidateOptions, io: Io): Promise<ExitStatus> {
  const loaded = await readScenario(file, options, io);
  const errors = loaded.errors ?? [];
  const valid = loaded.errors === undefined;
  if (options.json) {
    const scenario = options.full && loaded.errors === undefined ? fullScenario(loaded.scenario) : undefined;
    io.stdout.write(linewiseJson({ file, valid, errors, warnings: loaded.warnings, scenario }));
  } else if (loaded.errors === undefined && options.full) {
    printDiagnostics(loaded.warnings, io.stderr);
    io.stdout.write(printFullScenario(loaded.scenario));
  } else {
    printDiagnostics([...errors, ...loaded.warnings], io.stdout);
    const counts = [countOf(errors.length, 'error'), countOf(loaded.warnings.length, 'warning')];
    io.stdout.write(
      valid && loaded.warnings.length === 0 ? `${file}: fine\n` : `${file}: ${counts.join(', ')}\n`,
    );
  }
  return valid ? ExitStatus.ok : ExitStatus.badInput;
}
