import type { MessagePort } from 'node:worker_threads';
import type { ChunkContents } from '../../models/link/capture/frame-chunk.ts';
import type { CaptureFormat } from '../../scenarios/builder/capture-writer.ts';

/**
 * The simulation runs without turns of the event loop, and so does the thread that writes its captures: messages are
 * posted to a port and fetched from it, and three words of shared memory say that there is something to fetch.
 */
export const CONTROL_WORDS = 3;
/** Messages to the thread so far. */
export const POSTED = 0;
/** Of these, how many it is done with. */
export const DONE = 1;
/** A `ThreadState`. */
export const STATE = 2;

/** Failed: the port has a `ThreadFailure`. */
export const ThreadState = { starting: 0, ready: 1, failed: 2, ended: 3 } as const;

/** What the thread starts with. */
export interface ThreadStart {
  port: MessagePort;
  control: Int32Array;
}

/** The thread takes the files over. */
export interface BeginMessage {
  kind: 'begin';
  files: (CaptureFormat & { path: string })[];
  /** What is in hand of them: a chunk with a memory of its own. */
  memory: ArrayBufferLike;
  contents: ChunkContents;
  keptCount: number;
  /** The memories of the chunks to come. */
  chunks: SharedArrayBuffer[];
}

/** A chunk is full. */
export interface ChunkMessage {
  kind: 'chunk';
  /** Which of the memories. */
  place: number;
  contents: ChunkContents;
  /** MAC addresses that the network has come to know since the last one. */
  macs: Float64Array;
  instants: Float64Array;
  /** Everything is to be written that is due, and handed to the disk. */
  flush: boolean;
}

/** The files are closed and the thread ends. */
export interface EndMessage {
  kind: 'end';
}

export type ThreadMessage = BeginMessage | ChunkMessage | EndMessage;

/** An exception, taken apart: what a system call says gets lost when an error is posted. */
export interface ThreadFailure {
  name: string;
  message: string;
  stack?: string;
  /** Of a system call alone: code, errno, syscall, path. */
  system?: Pick<NodeJS.ErrnoException, 'code' | 'errno' | 'syscall' | 'path'>;
}

export function failureOf(error: unknown): ThreadFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const { code, errno, syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return { name, message, stack };
  return { name, message, stack, system: { code, errno, syscall, path } };
}

export function errorOf({ name, message, stack, system }: ThreadFailure): Error {
  return Object.assign(new Error(message), { name, stack }, system);
}
