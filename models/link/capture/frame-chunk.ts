import { FRAME_RECORD_SIZE, FrameRecords } from './frame-records.ts';
import { FRAME_TEMPLATE_SIZE, FrameTemplates } from './frame-templates.ts';

/** Frames and templates that a chunk has room for, and bytes of frames: any one must fit. */
const CHUNK_FRAMES = 4096;
const CHUNK_TEMPLATES = 1024;
const CHUNK_BYTES = 256 * 1024;

/** How much a chunk has room for, or has in it. */
export interface ChunkSize {
  frames: number;
  templates: number;
  /** Of frames that no template is like. */
  bytes: number;
}

/** The usual size, with room for so many frames. */
export function chunkSize(frames = CHUNK_FRAMES): ChunkSize {
  return { frames, templates: CHUNK_TEMPLATES, bytes: CHUNK_BYTES };
}

/** Bytes of memory that a chunk needs. */
export function chunkMemory({ frames, templates, bytes }: ChunkSize): number {
  return frames * FRAME_RECORD_SIZE + templates * FRAME_TEMPLATE_SIZE + bytes;
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
export interface ChunkNews {
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
  /** New ones. */
  readonly templates: FrameTemplates;
  readonly bytes: Uint8Array;
  /** The same memory, for what stands there in words. */
  readonly words: Int32Array;
  /** Of `bytes`; a multiple of four. */
  used = 0;
  /** Of frames in this chunk or in one before. */
  comments: FrameComment[] = [];
  views: View[] = [];

  /** @param memory of `chunkMemory` bytes */
  constructor(memory: ArrayBufferLike, { frames, templates, bytes }: ChunkSize) {
    const templatesAt = frames * FRAME_RECORD_SIZE;
    const bytesAt = templatesAt + templates * FRAME_TEMPLATE_SIZE;
    this.memory = memory;
    this.records = new FrameRecords(memory, frames);
    this.templates = new FrameTemplates(memory, templatesAt, templates);
    this.bytes = new Uint8Array(memory, bytesAt, bytes);
    this.words = new Int32Array(memory, bytesAt, bytes >>> 2);
  }

  /** A chunk with memory of its own, as usual if no size is given. */
  static create(size = chunkSize()): FrameChunk {
    return new FrameChunk(new ArrayBuffer(chunkMemory(size)), size);
  }

  /** Whether there is room for one more frame with so many bytes. */
  hasRoom(bytes: number): boolean {
    return this.records.count < this.records.capacity && this.used + bytes <= this.bytes.length;
  }

  /** Whether there is room for one more frame with a template. */
  hasRoomForTemplate(): boolean {
    return this.hasRoom(0) && this.templates.count < this.templates.capacity;
  }

  get use(): ChunkSize {
    return { frames: this.records.count, templates: this.templates.count, bytes: this.used };
  }

  /** Says how much is in the memory. */
  set use({ frames, templates, bytes }: ChunkSize) {
    this.records.count = frames;
    this.templates.count = templates;
    this.used = bytes;
  }

  get news(): ChunkNews {
    return { comments: this.comments, views: this.views };
  }

  set news({ comments, views }: ChunkNews) {
    this.comments = comments;
    this.views = views;
  }

  /** Becomes a copy of another one, but for comments and views. */
  copy({ records, templates, bytes, used }: FrameChunk): void {
    this.records.count = 0;
    this.records.append(records);
    this.templates.count = 0;
    this.templates.append(templates);
    if (used > 0) this.bytes.set(bytes.subarray(0, used));
    this.used = used;
  }

  clear(): void {
    this.records.count = 0;
    this.templates.count = 0;
    this.used = 0;
    // new ones: whoever has taken them may keep them
    if (this.comments.length > 0) this.comments = [];
    if (this.views.length > 0) this.views = [];
  }
}
