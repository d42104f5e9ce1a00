import { CommandFailure } from '../../failure.ts';

export const VERSION = 'conntrack v1.4.7 (conntrack-tools)';

/** PARAMETER_PROBLEM of conntrack. */
export function parameterProblem(message: string): CommandFailure {
  const hint = "Try `conntrack -h' or 'conntrack --help' for more information.\n";
  return new CommandFailure(`${VERSION}: ${message}\n${hint}`, 2);
}
