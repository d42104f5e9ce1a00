import { Command, CommanderError } from 'commander';
import { CommandError, isSystemError, SimulatorFailure, systemErrorText } from './command-error.ts';
import { addExecCommand } from './commands/exec.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addGraphCommand } from './commands/graph.ts';
import { addInitCommand } from './commands/init.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addStudyCommand } from './commands/study.ts';
import { addValidateCommand } from './commands/validate.ts';
import { ExitStatus } from './exit-status.ts';
import type { Io } from './io.ts';
import { podwireVersion } from './version.ts';

const STATUS_HELP = `
Exit status: 0 fine, 1 the simulator failed, 2 wrong usage or scenario,
99 a threshold failed, 130 interrupted.`;

/**
 * Carries out a command line (without `node` and the script) and answers the exit status. Never throws:
 * whatever goes wrong is told on stderr.
 */
export async function runProgram(args: readonly string[], io: Io): Promise<ExitStatus> {
  let status: ExitStatus = ExitStatus.ok;
  const program = makeProgram(io, (result) => {
    status = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return reportError(error, io);
  }
}

function makeProgram(io: Io, setStatus: (status: ExitStatus) => void): Command {
  const program = new Command('podwire')
    .description('Packet-level simulator of Kubernetes cluster networking')
    .version(podwireVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', STATUS_HELP)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
      getOutHasColors: () => io.stdout.colors.isColorSupported,
      getErrHasColors: () => io.stderr.colors.isColorSupported,
      outputError: (text, write) => write(`podwire: ${text.replace(/^error: /, '')}`),
    });
  addRunCommand(program, io, setStatus);
  addValidateCommand(program, io, setStatus);
  addExplainCommand(program, io, setStatus);
  addExecCommand(program, io, setStatus);
  addStudyCommand(program, io, setStatus);
  addReportCommand(program, io);
  addGraphCommand(program, io, setStatus);
  addInitCommand(program, io);
  addSchemaCommand(program, io);
  return program;
}

function reportError(error: unknown, io: Io): ExitStatus {
  // commander has said what is wrong already; help and version end the same way
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitStatus.ok : ExitStatus.badInput;
  const { colors } = io.stderr;
  const say = (text: string) => io.stderr.write(`podwire: ${text}\n`);
  if (error instanceof CommandError) {
    say(colors.red(error.message));
    return error.status;
  }
  if (isSystemError(error)) {
    say(colors.red(`${error.syscall} ${error.path ?? ''}: ${systemErrorText(error)}`));
    return ExitStatus.failed;
  }
  const cause = error instanceof SimulatorFailure ? error.cause : error;
  say(colors.red(`the simulator failed: ${cause instanceof Error ? cause.message : String(cause)}`));
  if (error instanceof SimulatorFailure) {
    say(`while ${error.where}, seed ${error.seed}, at ${error.now} ns of simulated time`);
  }
  say(
    `this is a bug in podwire ${podwireVersion()}; please report it with the scenario file and what follows`,
  );
  io.stderr.write(`${cause instanceof Error ? cause.stack : ''}\n`);
  return ExitStatus.failed;
}
