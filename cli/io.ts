import type { Colors } from '../report/colors.ts';
import type { ThreadPolicy } from './capture-thread/capture-writing.ts';

/** Where text goes. */
export interface TextOutput {
  write(text: string): void;
  isTerminal: boolean;
  /** Columns of the terminal; a guess where there is none. */
  columns: number;
  colors: Colors;
}

/** All that a command has of the world outside, so that tests can run commands without a process. */
export interface Io {
  stdout: TextOutput;
  stderr: TextOutput;
  /** What is on standard input, at most `limit` bytes of it. */
  readStdin(limit: number): Promise<Uint8Array>;
  /** Folder from which relative paths count. */
  cwd: string;
  /** Calls `handler` whenever the user interrupts (SIGINT, SIGTERM); answers what ends that. */
  onInterrupt(handler: () => void): () => void;
  /** When captures get a thread of their own; null for never. */
  captureThread: ThreadPolicy | null;
  /** Ends the process at once. */
  exit(status: number): void;
}
