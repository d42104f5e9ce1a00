import { FrameChunk } from './frame-chunk.ts';
import { FRAME_RECORD_SIZE, FrameKind, FrameRecords } from './frame-records.ts';
import { FRAME_TEMPLATE_SIZE, FrameTemplates } from './frame-templates.ts';
import { sizeOfFrame } from './kept-frames.ts';

/**
 * Frames that wait to be written, in the order in which they were seen: those of chunks that were taken, and of those
 * before them what was not due.
 */
export class FrameStore {
  records = new FrameRecords(new ArrayBuffer(0), 0);
  /** All there have ever been. */
  templates = new FrameTemplates(new ArrayBuffer(0), 0, 0);
  /** Of frames that no template is like, those of earlier records before those of later ones. */
  bytes = new Uint8Array(0);
  /** The same memory. */
  words = new Int32Array(0);
  /** Of `bytes`. */
  private used = 0;
  /** Records that were there when others were dropped the last time. */
  keptCount = 0;

  append(chunk: FrameChunk): void {
    const first = this.records.count;
    this.makeRoom(first + chunk.records.count, this.templates.count + chunk.templates.count);
    this.records.append(chunk.records);
    this.templates.append(chunk.templates);
    if (chunk.used > 0) this.appendBytes(chunk, first);
  }

  /** Everything, in a chunk that is as large as it must be. */
  toChunk(): FrameChunk {
    const { records, templates, used } = this;
    const chunk = FrameChunk.create({ frames: records.count, templates: templates.count, bytes: used });
    chunk.records.append(records);
    chunk.templates.append(templates);
    chunk.bytes.set(this.bytes.subarray(0, used));
    chunk.used = used;
    return chunk;
  }

  /** Drops all records but those at the first `count` of the given places, which ascend. */
  keep(places: Int32Array, count: number): void {
    const { records, bytes, words } = this;
    this.used = 0;
    for (let i = 0; i < count; i++) {
      if (places[i] !== i) records.move(places[i], i);
      if (records.kindOf(i) === FrameKind.like) continue;
      const at = records.bytesOf(i);
      const size = sizeOfFrame(words, at);
      bytes.copyWithin(this.used, at, at + size);
      records.setBytes(i, this.used);
      this.used += size;
    }
    records.count = count;
    this.keptCount = count;
  }

  private appendBytes(chunk: FrameChunk, first: number): void {
    const { records } = this;
    if (this.used + chunk.used > this.bytes.length) this.growBytes(2 * (this.used + chunk.used));
    // the records say where their bytes are in the chunk
    if (this.used > 0) {
      for (let place = first; place < records.count; place++) {
        if (records.kindOf(place) !== FrameKind.like)
          records.setBytes(place, records.bytesOf(place) + this.used);
      }
    }
    this.bytes.set(chunk.bytes.subarray(0, chunk.used), this.used);
    this.used += chunk.used;
  }

  private growBytes(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, this.used));
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer);
  }

  private makeRoom(frames: number, templates: number): void {
    if (frames > this.records.capacity) {
      const records = new FrameRecords(new ArrayBuffer(2 * frames * FRAME_RECORD_SIZE), 2 * frames);
      records.append(this.records);
      this.records = records;
    }
    if (templates > this.templates.capacity) {
      const memory = new ArrayBuffer(2 * templates * FRAME_TEMPLATE_SIZE);
      const grown = new FrameTemplates(memory, 0, 2 * templates);
      grown.append(this.templates);
      this.templates = grown;
    }
  }
}
