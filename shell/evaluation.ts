import type { Network } from '../models/netns/network.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import type { Ipv4Address } from '../models/wire/ipv4-address.ts';
import type { Command, CommandContext, CommandOutcome, RunningProgram, Signal } from './command.ts';
import { CommandFailure, NotSupported } from './failure.ts';
import { FileError, FileTree } from './file-tree.ts';
import { type Descriptors, FileStream, redirect } from './redirections.ts';
import { type OutputStream, TextBuffer } from './streams.ts';
import type { AndOrItem, Pipeline, SimpleCommand, Word } from './syntax.ts';

/** Where a line is evaluated. */
export interface Surroundings {
  network: Network;
  namespace: NetworkNamespace;
  commands: ReadonlyMap<string, Command>;
  hosts: ReadonlyMap<string, Ipv4Address>;
  environment: ReadonlyMap<string, string>;
}

/** The directories in which programs are, for words such as `/sbin/ip`. */
const PROGRAM_PATH = /^(?:\/usr)?(?:\/local)?\/s?bin\/([^/]+)$/;

/**
 * Carries out one parsed line. Programs may take simulated time, so every step is told what to do when the
 * one before it has ended; a line of commands that finish at once is done when `start` returns.
 */
export class Evaluation {
  /** Exit status of the last command, `$?`. */
  status = 0;
  /** The mechanisms that commands asked for and the simulator does not have. */
  readonly unsupported: string[] = [];

  private readonly files: FileTree;
  private program: RunningProgram | null = null;
  private aborted = false;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly streams: { stdout: OutputStream; stderr: OutputStream },
  ) {
    this.files = new FileTree(surroundings.namespace);
  }

  start(list: readonly AndOrItem[], done: () => void): void {
    this.item(list, 0, done);
  }

  /** Passes a signal to the program in the foreground; nothing after it in the line is run. */
  signal(signal: Signal): void {
    if (signal !== 'SIGQUIT') this.aborted = true;
    this.program?.signal(signal);
  }

  private item(list: readonly AndOrItem[], index: number, done: () => void): void {
    if (index === list.length || this.aborted) {
      done();
      return;
    }
    const { operator, pipeline } = list[index];
    const next = () => this.item(list, index + 1, done);
    const skipped = operator === '&&' ? this.status !== 0 : operator === '||' && this.status === 0;
    if (skipped) next();
    else this.pipeline(pipeline, 0, '', next);
  }

  /** Each command of a pipeline runs to its end before the next one gets its output. */
  private pipeline(pipeline: Pipeline, index: number, stdin: string, done: () => void): void {
    const last = index === pipeline.commands.length - 1;
    const pipe = new TextBuffer();
    const stdout = last ? this.streams.stdout : pipe;
    this.command(pipeline.commands[index], { stdin, stdout, stderr: this.streams.stderr }, (status) => {
      this.status = last && pipeline.negated ? Number(status === 0) : status;
      if (last || this.aborted) done();
      else this.pipeline(pipeline, index + 1, pipe.text, done);
    });
  }

  private command(command: SimpleCommand, base: Descriptors, exit: (status: number) => void): void {
    const words = command.words.flatMap((word) => this.expand(word));
    let descriptors: Descriptors;
    try {
      descriptors = redirect(base, command.redirections, (word) => this.expand(word).join(' '), this.files);
    } catch (error) {
      exit(this.fail(error, base.stderr));
      return;
    }
    const close = (status: number) => exit(this.close(descriptors, words[0], status));
    if (words.length === 0) close(0);
    else this.run(words, descriptors, close);
  }

  private run(words: readonly string[], descriptors: Descriptors, exit: (status: number) => void): void {
    let outcome: CommandOutcome | undefined;
    try {
      outcome = this.outcome(this.surroundings.namespace, words, descriptors);
      if (outcome === undefined) throw new CommandFailure(`sh: 1: ${words[0]}: not found\n`, 127);
    } catch (error) {
      exit(this.fail(error, descriptors.stderr));
      return;
    }
    if (typeof outcome === 'number') {
      exit(outcome);
      return;
    }
    let ended = false;
    const program = outcome((status) => {
      ended = true;
      this.program = null;
      exit(status);
    });
    if (!ended) this.program = program;
  }

  private outcome(
    namespace: NetworkNamespace,
    words: readonly string[],
    descriptors: Descriptors,
  ): CommandOutcome | undefined {
    const { network, hosts, commands } = this.surroundings;
    const command = commands.get(PROGRAM_PATH.exec(words[0])?.[1] ?? words[0]);
    if (command === undefined) return undefined;
    const context: CommandContext = {
      ...descriptors,
      network,
      namespace,
      hosts,
      files: namespace === this.surroundings.namespace ? this.files : new FileTree(namespace),
      execute: (other, otherWords) => this.outcome(other, otherWords, descriptors),
    };
    return command(context, words.slice(1));
  }

  /** Hands what was written to files over to them; only echo and cat look whether that went well. */
  private close(descriptors: Descriptors, name: string | undefined, status: number): number {
    for (const stream of [descriptors.stdout, descriptors.stderr]) {
      if (!(stream instanceof FileStream)) continue;
      try {
        stream.close();
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        if (name !== 'echo' && name !== 'cat') continue;
        const text = name === 'echo' ? 'sh: 1: echo: echo: I/O error' : `cat: write error: ${error.message}`;
        this.streams.stderr.write(`${text}\n`);
        return 1;
      }
    }
    return status;
  }

  private fail(error: unknown, stderr: OutputStream): number {
    if (!(error instanceof CommandFailure)) throw error;
    if (error instanceof NotSupported) this.unsupported.push(error.mechanism);
    stderr.write(error.message);
    return error.status;
  }

  /** The fields that a word becomes: an unquoted parameter is split at white space, and may leave none. */
  private expand(word: Word): string[] {
    const fields: string[] = [];
    let field: string | undefined;
    for (const part of word) {
      if ('text' in part) {
        field = (field ?? '') + part.text;
        continue;
      }
      const value = this.parameter(part.parameter);
      if (part.quoted) {
        field = (field ?? '') + value;
        continue;
      }
      const pieces = value.split(/\s+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && field !== undefined) {
          fields.push(field);
          field = undefined;
        }
        if (piece !== '') field = (field ?? '') + piece;
      }
    }
    if (field !== undefined) fields.push(field);
    return fields;
  }

  private parameter(name: string): string {
    return name === '?' ? String(this.status) : (this.surroundings.environment.get(name) ?? '');
  }
}
