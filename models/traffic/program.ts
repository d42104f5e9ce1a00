import { Actor } from '../../engine/actor.ts';
import type { EventHandle } from '../../engine/event-queue.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';

/** Nanoseconds from what wakes a process to its next instruction; kernel work of the same instant comes first. */
export const WAKE_LATENCY = 50_000;

/** Lower process ids belong to the system. */
const FIRST_PROCESS = 1000;

/** The id of the process that an actor is. */
export function processId({ id }: Actor): number {
  return FIRST_PROCESS + id;
}

/** Output and exit status of a program that has ended. */
export interface ProgramExit {
  status: number;
  stdout: string;
  stderr: string;
}

/** Gets what a program prints, as it prints it. */
export interface ProgramOutput {
  stdout(text: string): void;
  stderr(text: string): void;
}

/**
 * A process on a simulated node. It sleeps until a time or until something comes in, runs at once, sleeps again.
 */
export abstract class Program extends Actor {
  readonly namespace: NetworkNamespace;
  /** Set when the program has ended. */
  exit: ProgramExit | null = null;
  /** Called once, when it ends. */
  onExit: (() => void) | null = null;
  /** Who reads along. */
  output: ProgramOutput | null = null;
  protected stdout = '';
  protected stderr = '';
  /** So much has been read. */
  private readStdout = 0;
  private readStderr = 0;
  private wakeAt = Number.POSITIVE_INFINITY;
  private wakeEvent: EventHandle = 0;

  constructor(namespace: NetworkNamespace) {
    super(namespace.network.simulation);
    this.namespace = namespace;
  }

  /** Starts it at `time` (nanoseconds). */
  start(time: number): void {
    this.sleepUntil(time);
  }

  /** Process id and name, as `netstat -p` shows them. */
  protected owner(name: string): string {
    return `${processId(this)}/${name}`;
  }

  get done(): boolean {
    return this.exit !== null;
  }

  /** Ends it as a signal would (Ctrl-C), with what it has printed so far. */
  abstract interrupt(): void;

  override handle(): void {
    this.wakeAt = Number.POSITIVE_INFINITY;
    if (this.exit === null) this.wake();
    this.flush();
  }

  /** Runs until it has nothing to do but sleep. */
  protected abstract wake(): void;

  /** Sleeps until `time` at the latest, replacing an earlier wish. */
  protected sleepUntil(time: number): void {
    if (this.wakeAt !== Number.POSITIVE_INFINITY) this.simulation.cancel(this.wakeEvent);
    this.wakeAt = time;
    this.wakeEvent = this.simulation.schedule(this, time, 0, 0);
  }

  /** Something came in: the process runs as soon as it can. */
  protected interrupted(): void {
    const soon = this.simulation.now + WAKE_LATENCY;
    if (soon < this.wakeAt) this.sleepUntil(soon);
  }

  protected finish(status: number): void {
    if (this.wakeAt !== Number.POSITIVE_INFINITY) this.simulation.cancel(this.wakeEvent);
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.exit = { status, stdout: this.stdout, stderr: this.stderr };
    this.flush();
    this.onExit?.();
  }

  /** Hands on what was printed since the last time. */
  protected flush(): void {
    const { output, stdout, stderr } = this;
    if (output === null) return;
    if (stdout.length > this.readStdout) output.stdout(stdout.slice(this.readStdout));
    if (stderr.length > this.readStderr) output.stderr(stderr.slice(this.readStderr));
    this.readStdout = stdout.length;
    this.readStderr = stderr.length;
  }
}
