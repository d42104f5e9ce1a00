/** A command gives up: its message goes to standard error, its status to the shell. */
export class CommandFailure extends Error {
  readonly status: number;

  /** @param message with its final newline; empty for a command that fails without a word */
  constructor(message: string, status: number) {
    super(message);
    this.name = 'CommandFailure';
    this.status = status;
  }
}

/** A real command line whose mechanism the simulator does not have. */
export class NotSupported extends CommandFailure {
  /** What is missing, in the words of the field: `netfilter`, `tc qdisc tbf`, `vxlan`. */
  readonly mechanism: string;

  constructor(command: string, mechanism: string) {
    super(`${command}: ${mechanism} is not supported yet\n`, 1);
    this.name = 'NotSupported';
    this.mechanism = mechanism;
  }
}
