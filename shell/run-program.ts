import type { Program } from '../models/traffic/program.ts';
import type { CommandContext, ProgramStart, RunningProgram } from './command.ts';

/** Lets a program of the models run as a command, from now on. */
export function runProgram(context: CommandContext, program: Program & Partial<HasStatus>): ProgramStart {
  return (exit): RunningProgram => {
    program.output = {
      stdout: (text) => context.stdout.write(text),
      stderr: (text) => context.stderr.write(text),
    };
    program.onExit = () => exit(program.exit!.status);
    program.start(program.simulation.now);
    return {
      signal: (signal) => {
        if (signal === 'SIGQUIT') program.status?.();
        else if (!program.done) program.interrupt();
      },
    };
  };
}

/** A program that says how it stands when it is asked to quit. */
interface HasStatus {
  status(): void;
}
