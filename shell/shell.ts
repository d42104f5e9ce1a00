import type { Network } from '../models/netns/network.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import type { Ipv4Address } from '../models/wire/ipv4-address.ts';
import type { Command, Signal } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { Evaluation } from './evaluation.ts';
import { CommandFailure, NotSupported } from './failure.ts';
import { type OutputStream, TextBuffer } from './streams.ts';
import { type AndOrItem, parseLine } from './syntax.ts';

export interface CommandResult {
  /** Exit status, 0 to 255. */
  status: number;
  stdout: string;
  stderr: string;
  /**
   * Mechanisms that the line asked for and the simulator does not have; each of its commands failed with
   * status 1.
   */
  unsupported: string[];
}

export interface ShellOptions {
  /** Programs by name. Default: all that are in `commands/`. */
  commands?: ReadonlyMap<string, Command>;
  /** Names for addresses, as in `/etc/hosts`. */
  hosts?: ReadonlyMap<string, Ipv4Address>;
  /** What `$NAME` stands for. Default: nothing. */
  environment?: ReadonlyMap<string, string>;
}

export interface StartOptions {
  /** Gets what is written as it is written, besides its being kept for the result. */
  stdout?: OutputStream;
  stderr?: OutputStream;
  /** Called once, when the last command of the line has ended. */
  onExit?: (result: CommandResult) => void;
}

/** A line that is being carried out. */
export class Job {
  /** Set when the line has ended. */
  result: CommandResult | undefined;
  private evaluation: Evaluation | undefined;

  /** Sends a signal to the program in the foreground; SIGINT, SIGTERM and SIGKILL end the line with it. */
  signal(signal: Signal): void {
    this.evaluation?.signal(signal);
  }

  /** For `Shell` alone. */
  begin(evaluation: Evaluation, list: readonly AndOrItem[], done: () => void): void {
    this.evaluation = evaluation;
    evaluation.start(list, done);
  }
}

/**
 * The shell of one namespace: a line of sh(1) in, output and exit status out. Besides quotes, redirections,
 * pipes and lists (`;`, `&&`, `||`) it knows the programs of its table; `ip -n` and `ip netns exec` reach
 * the others.
 */
export class Shell {
  private readonly commands: ReadonlyMap<string, Command>;

  constructor(
    private readonly network: Network,
    private readonly host: NetworkNamespace,
    private readonly options: ShellOptions = {},
  ) {
    this.commands = options.commands ?? COMMANDS;
  }

  /**
   * Carries out a line whose commands all finish at once.
   * @throws Error when one of them takes simulated time; it has been killed. Use `start` for such lines.
   */
  run(line: string): CommandResult {
    const job = this.start(line);
    if (job.result === undefined) {
      job.signal('SIGKILL');
      throw new Error(`"${line}" takes simulated time: it has to be started, not run`);
    }
    return job.result;
  }

  /** Begins to carry out a line; programs that take time go on as the simulation runs. */
  start(line: string, options: StartOptions = {}): Job {
    const stdout = new Tee(options.stdout);
    const stderr = new Tee(options.stderr);
    const job = new Job();
    const finish = (status: number, unsupported: string[]) => {
      job.result = { status, stdout: stdout.text, stderr: stderr.text, unsupported };
      options.onExit?.(job.result);
    };
    let list: AndOrItem[];
    try {
      list = parseLine(line);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      stderr.write(error.message);
      finish(error.status, error instanceof NotSupported ? [error.mechanism] : []);
      return job;
    }
    const evaluation = new Evaluation(
      {
        network: this.network,
        namespace: this.host,
        commands: this.commands,
        hosts: this.options.hosts ?? new Map(),
        environment: this.options.environment ?? new Map(),
      },
      { stdout, stderr },
    );
    job.begin(evaluation, list, () => finish(evaluation.status, evaluation.unsupported));
    return job;
  }
}

/** Keeps what is written and passes it on. */
class Tee extends TextBuffer {
  constructor(private readonly next: OutputStream | undefined) {
    super();
  }

  override write(text: string): void {
    super.write(text);
    this.next?.write(text);
  }
}
