import type { MessagePort } from 'node:worker_threads';
import type { ChunkNews, ChunkSize } from '../../models/link/capture/frame-chunk.ts';
import type { CaptureFormat } from '../../scenarios/builder/capture-writer.ts';

/**
 * The simulation runs without turns of the event loop, and so does the thread that writes its captures. What goes there
 * is numbered; number n stands in slot n modulo `SLOTS` of the shared control words, and is a chunk in the memory of
 * that slot, or a letter in a port. Most chunks are no more than frames: then nothing is posted, which would take longer
 * than all else that it takes to hand one over.
 */
export const SLOTS = 8;

/** Control words. How much was handed over so far, how much of it is done, and a `ThreadState`. */
export const POSTED = 0;
export const DONE = 1;
export const STATE = 2;
/** From here on the slots. */
const FIRST_SLOT = 4;
/** Words of a slot: what is in its chunk (`ChunkSize`), and `SlotFlag`s. */
const SLOT_WORDS = 4;
export const FRAMES = 0;
export const TEMPLATES = 1;
export const BYTES = 2;
export const FLAGS = 3;
export const CONTROL_WORDS = FIRST_SLOT + SLOTS * SLOT_WORDS;

/** Where the words of a number's slot are. */
export function slotOf(number: number): number {
  return FIRST_SLOT + (number % SLOTS) * SLOT_WORDS;
}

export const SlotFlag = {
  /** There is a letter for it in the port. */
  letter: 1,
  /** A chunk; without it there is no more than the letter. */
  chunk: 2,
  /** All that is due is to be written then. */
  flush: 4,
} as const;

/** Failed: the port has a `ThreadFailure`. */
export const ThreadState = { starting: 0, ready: 1, failed: 2, ended: 3 } as const;

/** What the thread starts with. */
export interface ThreadStart {
  port: MessagePort;
  control: Int32Array;
}

/** Where a capture file is, and what it is like. */
export interface PlacedFormat extends CaptureFormat {
  path: string;
}

/** The thread takes the files over. */
export interface BeginLetter {
  kind: 'begin';
  files: PlacedFormat[];
  /** What is in hand of them: a chunk with a memory of its own. */
  memory: ArrayBufferLike;
  use: ChunkSize;
  news: ChunkNews;
  keptCount: number;
  /** Of each slot: the memory of its chunk, and for each file the instant before which all is final. */
  chunks: SharedArrayBuffer[];
  instants: Float64Array[];
}

/** What there is to say of a chunk beside its frames. */
export interface NewsLetter extends ChunkNews {
  kind: 'news';
  /** MAC addresses that the network has come to know since the last time. */
  macs: Float64Array;
}

/** The files are closed and the thread ends. */
export interface EndLetter {
  kind: 'end';
}

export type Letter = BeginLetter | NewsLetter | EndLetter;

/** An exception, taken apart: what a system call says gets lost when an error is posted. */
export interface ThreadFailure {
  name: string;
  message: string;
  stack?: string;
  /** Of a system call alone. */
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
