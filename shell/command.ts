import type { Network } from '../models/netns/network.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import type { Ipv4Address } from '../models/wire/ipv4-address.ts';
import type { FileTree } from './file-tree.ts';
import type { OutputStream } from './streams.ts';

/** The signals that a terminal or a script sends to a running program. */
export type Signal = 'SIGINT' | 'SIGQUIT' | 'SIGTERM' | 'SIGKILL';

/** A program that is running in simulated time. */
export interface RunningProgram {
  /** After SIGINT, SIGTERM or SIGKILL the program has to call `exit`, at once or a little later. */
  signal(signal: Signal): void;
}

/**
 * What a command answers that takes simulated time (ping, traceroute): how to start it. It writes to the
 * streams of its context whenever it likes and calls `exit` exactly once, with its exit status.
 */
export type ProgramStart = (exit: (status: number) => void) => RunningProgram;

/** An exit status, or a program that will have one. */
export type CommandOutcome = number | ProgramStart;

/** All that a command sees of the world. */
export interface CommandContext {
  readonly network: Network;
  /** The namespace that the command runs in. */
  readonly namespace: NetworkNamespace;
  readonly stdin: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The files that a process in this namespace sees. */
  readonly files: FileTree;
  readonly hosts: ReadonlyMap<string, Ipv4Address>;
  /** Starts another program with the same streams, as `ip netns exec` does; undefined when there is none. */
  execute(namespace: NetworkNamespace, words: readonly string[]): CommandOutcome | undefined;
}

/**
 * A program of the simulated node.
 * @param words what follows the program's name
 * @throws CommandFailure with the message for standard error and the exit status
 */
export type Command = (context: CommandContext, words: readonly string[]) => CommandOutcome;
