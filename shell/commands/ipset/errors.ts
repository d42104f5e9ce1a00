import { CommandFailure } from '../../failure.ts';

/** A refusal, by the program itself or by the kernel. */
export function failure(message: string): CommandFailure {
  return new CommandFailure(`ipset v7.17: ${message}\n`, 1);
}

export function syntaxError(message: string): CommandFailure {
  return failure(`Syntax error: ${message}`);
}

/** A line that makes no sense as a whole. */
export function usageError(message: string): CommandFailure {
  return new CommandFailure(`ipset v7.17: ${message}\nTry \`ipset help' for more information.\n`, 2);
}
