import type { CaptureFiles } from '../../models/link/capture/capture-files.ts';
import type { ChunkTaker } from '../../models/link/capture/capture-log.ts';
import { chunkMemory, FrameChunk } from '../../models/link/capture/frame-chunk.ts';
import type { MacTable } from '../../models/mac-table.ts';
import type { CaptureFormat } from '../../scenarios/builder/capture-writer.ts';
import { CaptureThread } from './capture-thread.ts';

/** Chunks that may be on their way to the thread: enough that neither waits for the other's hiccups. */
const CHUNKS = 8;

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
  private readonly formats: readonly (CaptureFormat & { path: string })[];
  private readonly macs: MacTable;
  private readonly policy: ThreadPolicy;
  /** Null before it was worth it. */
  private thread: CaptureThread | null = null;
  /** The memories that go to the thread and come back; none as long as files are written here. */
  private chunks: FrameChunk[] = [];
  private place = 0;
  private frames = 0;
  private macsTold: number;

  constructor(
    files: CaptureFiles,
    formats: readonly (CaptureFormat & { path: string })[],
    macs: MacTable,
    policy: ThreadPolicy,
  ) {
    this.files = files;
    this.formats = formats;
    this.macs = macs;
    this.policy = policy;
    this.macsTold = 0;
  }

  take(chunk: FrameChunk, instants: Float64Array): FrameChunk {
    if (this.chunks.length > 0) return this.post(chunk, instants, false);
    this.frames += chunk.records.count;
    this.files.take(chunk, instants);
    return this.isThereThread() ? this.handOver() : chunk;
  }

  flush(chunk: FrameChunk, instants: Float64Array): FrameChunk {
    if (this.chunks.length === 0) return this.files.flush(chunk, instants);
    const next = this.post(chunk, instants, true);
    this.thread!.waitUntilLeft(0);
    return next;
  }

  /**
   * Closes the files, which were flushed.
   * @throws Error what the disk refuses
   */
  async close(): Promise<void> {
    if (this.chunks.length > 0) {
      this.thread!.post({ kind: 'end' });
      this.thread!.waitUntilLeft(0);
    }
    await this.abandon();
  }

  /** Ends the thread, whatever has been written. */
  async abandon(): Promise<void> {
    await this.thread?.stop();
  }

  private isThereThread(): boolean {
    const { after, patient } = this.policy;
    if (this.frames < after) return false;
    this.thread ??= new CaptureThread();
    if (patient) this.thread.waitUntilReady();
    return this.thread.isReady;
  }

  /** The thread goes on from here; answers the first chunk to be filled for it. */
  private handOver(): FrameChunk {
    const { chunk, keptCount } = this.files.handOver();
    const chunks = Array.from({ length: CHUNKS }, () => new SharedArrayBuffer(chunkMemory()));
    this.thread!.post({
      kind: 'begin',
      files: [...this.formats],
      memory: chunk.memory,
      contents: chunk.contents,
      keptCount,
      chunks,
    });
    this.chunks = chunks.map((memory) => new FrameChunk(memory));
    return this.chunks[0];
  }

  private post(chunk: FrameChunk, instants: Float64Array, flush: boolean): FrameChunk {
    const { place, macs } = this;
    this.thread!.post({
      kind: 'chunk',
      place,
      contents: chunk.contents,
      macs: macs.addressesFrom(this.macsTold),
      instants,
      flush,
    });
    this.macsTold = macs.size;
    this.thread!.waitUntilLeft(CHUNKS - 1);
    this.place = (place + 1) % CHUNKS;
    const next = this.chunks[this.place];
    next.clear();
    return next;
  }
}
