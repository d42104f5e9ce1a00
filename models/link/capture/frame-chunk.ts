import { FRAME_RECORD_SIZE, FrameRecords } from './frame-records.ts';

/** Frames that a chunk has room for, and bytes of those of which a note does not say all: any one must fit. */
export const CHUNK_FRAMES = 4096;
export const CHUNK_BYTES = 256 * 1024;

/** Bytes of memory that a chunk needs with room for so many frames, and so many bytes of them. */
export function chunkMemory(frames = CHUNK_FRAMES, bytes = CHUNK_BYTES): number {
  return frames * FRAME_RECORD_SIZE + bytes;
}

/** What becomes of a frame, by the serial of the frame. */
export interface FrameComment {
  serial: number;
  text: string;
}

/** An interface that a file holds frames of from now on; the views are numbered as they come. */
export interface View {
  file: number;
  name: string;
}

/** What is in a chunk beside its memory, as plain data. */
export interface ChunkContents {
  frames: number;
  used: number;
  comments: FrameComment[];
  views: View[];
}

/**
 * What captures have seen, in the order in which they saw it: so it goes from where the simulation runs to where the
 * files are written, which may be another thread.
 */
export class FrameChunk {
  readonly memory: ArrayBufferLike;
  readonly records: FrameRecords;
  readonly bytes: Uint8Array;
  /** Of `bytes`. */
  used = 0;
  /** Of frames in this chunk or in one before. */
  comments: FrameComment[] = [];
  views: View[] = [];

  /** @param memory of `chunkMemory` bytes */
  constructor(memory: ArrayBufferLike, frames = CHUNK_FRAMES) {
    this.memory = memory;
    this.records = new FrameRecords(memory, frames);
    this.bytes = new Uint8Array(memory, frames * FRAME_RECORD_SIZE);
  }

  /** Whether there is room for one more frame with so many bytes. */
  hasRoom(bytes: number): boolean {
    return this.records.count < this.records.capacity && this.used + bytes <= this.bytes.length;
  }

  get contents(): ChunkContents {
    const { records, used, comments, views } = this;
    return { frames: records.count, used, comments, views };
  }

  /** Says what is in the memory. */
  set contents({ frames, used, comments, views }: ChunkContents) {
    this.records.count = frames;
    this.used = used;
    this.comments = comments;
    this.views = views;
  }

  /** Becomes a copy of another one, but for comments and views. */
  copy({ records, bytes, used }: FrameChunk): void {
    this.records.count = 0;
    this.records.append(records);
    if (used > 0) this.bytes.set(bytes.subarray(0, used));
    this.used = used;
  }

  clear(): void {
    this.records.count = 0;
    this.used = 0;
    // new ones: whoever has taken them may keep them
    if (this.comments.length > 0) this.comments = [];
    if (this.views.length > 0) this.views = [];
  }
}
