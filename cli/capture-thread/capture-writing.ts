import type { CaptureFiles } from '../../models/link/capture/capture-files.ts';
import type { ChunkTaker } from '../../models/link/capture/capture-log.ts';
import { chunkMemory, chunkSize, FrameChunk } from '../../models/link/capture/frame-chunk.ts';
import type { MacTable } from '../../models/mac-table.ts';
import { CaptureThread } from './capture-thread.ts';
import { type NewsLetter, type PlacedFormat, SLOTS } from './protocol.ts';

/** When captures are worth a thread of their own. */
export interface ThreadPolicy {
  /** Frames that are written here first. */
  after: number;
  /** Whether to wait for the thread then, instead of going on here until it is there. Default false. */
  patient?: boolean;
}

/**
 * Writes captures here until that has become so much that a thread is worth it, and then there. The files are the same,
 * byte for byte, whenever that is.
 */
export class CaptureWriting implements ChunkTaker {
  private readonly files: CaptureFiles;
  private readonly formats: readonly PlacedFormat[];
  private readonly macs: MacTable;
  private readonly policy: ThreadPolicy;
  /** Frames that were written here. */
  private frames = 0;
  /** Null until it is worth it. */
  private thread: CaptureThread | null = null;
  /** What is shared with it, by slot; empty as long as files are written here. */
  private chunks: FrameChunk[] = [];
  private instants: Float64Array[] = [];
  /** MAC addresses that the thread has been told. */
  private macsTold = 0;

  constructor(files: CaptureFiles, formats: readonly PlacedFormat[], macs: MacTable, policy: ThreadPolicy) {
    this.files = files;
    this.formats = formats;
    this.macs = macs;
    this.policy = policy;
  }

  take(chunk: FrameChunk, instants: Float64Array): void {
    if (this.isHandedOver) {
      this.post(chunk, instants, false);
      return;
    }
    this.frames += chunk.records.count;
    this.files.take(chunk, instants);
    if (this.hasThread()) this.handOver();
  }

  flush(chunk: FrameChunk, instants: Float64Array): void {
    if (!this.isHandedOver) {
      this.files.flush(chunk, instants);
      return;
    }
    this.post(chunk, instants, true);
    this.thread!.drain();
  }

  /**
   * Closes the files, which were flushed.
   * @throws Error what the disk refuses
   */
  async close(): Promise<void> {
    if (this.isHandedOver) {
      this.thread!.postLetter({ kind: 'end' });
      this.thread!.drain();
    }
    await this.abandon();
  }

  /** Ends the thread, whatever has been written. */
  async abandon(): Promise<void> {
    await this.thread?.stop();
  }

  private get isHandedOver(): boolean {
    return this.chunks.length > 0;
  }

  /** Whether there is a thread that can go on from here; one is started as soon as it is worth it. */
  private hasThread(): boolean {
    const { after, patient } = this.policy;
    if (this.frames < after) return false;
    this.thread ??= new CaptureThread();
    if (patient) this.thread.waitUntilReady();
    return this.thread.isReady;
  }

  /** The thread goes on from here. */
  private handOver(): void {
    const files = [...this.formats];
    const { chunk, keptCount } = this.files.handOver();
    const { memory, use, news } = chunk;
    const size = chunkSize();
    const chunks = sharedMemories(chunkMemory(size));
    const instants = sharedMemories(Float64Array.BYTES_PER_ELEMENT * files.length).map(
      (shared) => new Float64Array(shared),
    );
    this.thread!.postLetter({ kind: 'begin', files, memory, use, news, keptCount, chunks, instants });
    this.chunks = chunks.map((shared) => new FrameChunk(shared, size));
    this.instants = instants;
  }

  /**
   * Hands over a copy: what is shared lies in the other core's cache, from which storing here and there takes a third of
   * a hop's time, and a copy in one go much less.
   */
  private post(chunk: FrameChunk, instants: Float64Array, flush: boolean): void {
    const thread = this.thread!;
    const slot = thread.freeSlot();
    this.instants[slot].set(instants);
    this.chunks[slot].copy(chunk);
    thread.postChunk(this.chunks[slot], this.newsOf(chunk), flush);
    chunk.clear();
  }

  private newsOf({ comments, views }: FrameChunk): NewsLetter | null {
    const { macs, macsTold } = this;
    if (comments.length === 0 && views.length === 0 && macs.size === macsTold) return null;
    this.macsTold = macs.size;
    return { kind: 'news', comments, views, macs: macs.addressesFrom(macsTold) };
  }
}

/** One for each slot. */
function sharedMemories(bytes: number): SharedArrayBuffer[] {
  return Array.from({ length: SLOTS }, () => new SharedArrayBuffer(bytes));
}
