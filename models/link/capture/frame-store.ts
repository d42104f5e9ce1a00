import { chunkMemory, FrameChunk } from './frame-chunk.ts';
import { FRAME_RECORD_SIZE, FrameRecords } from './frame-records.ts';

/**
 * Frames that wait to be written, in the order in which they were seen: those of chunks that were taken, and of those
 * before them what was not due.
 */
export class FrameStore {
  records = new FrameRecords(new ArrayBuffer(0), 0);
  /** Of frames of which a note does not say all, those of earlier records before those of later ones. */
  bytes = new Uint8Array(0);
  /** Of `bytes`. */
  private used = 0;
  /** Records that were there when others were dropped the last time. */
  keptCount = 0;

  append(chunk: FrameChunk): void {
    const first = this.records.count;
    this.makeRoom(first + chunk.records.count, this.used + chunk.used);
    this.records.append(chunk.records);
    if (chunk.used === 0) return;
    if (this.used > 0) this.shiftBytes(first, this.used);
    this.bytes.set(chunk.bytes.subarray(0, chunk.used), this.used);
    this.used += chunk.used;
  }

  /** Everything, in a chunk that is as large as it must be. */
  toChunk(): FrameChunk {
    const { count } = this.records;
    const chunk = new FrameChunk(new ArrayBuffer(chunkMemory(count, this.used)), count);
    chunk.records.append(this.records);
    chunk.bytes.set(this.bytes.subarray(0, this.used));
    chunk.used = this.used;
    return chunk;
  }

  /** Drops all records but those at the first `count` of the given places, which ascend. */
  keep(places: Int32Array, count: number): void {
    const { records, bytes } = this;
    this.used = 0;
    for (let i = 0; i < count; i++) {
      if (places[i] !== i) records.move(places[i], i);
      if (records.isNoted(i)) continue;
      const at = records.bytesOf(i);
      const size = records.keptOf(i);
      bytes.copyWithin(this.used, at, at + size);
      records.setBytes(i, this.used);
      this.used += size;
    }
    records.count = count;
    this.keptCount = count;
  }

  /** Records from `first` on say where their bytes are in a chunk: these come to stand `by` further on. */
  private shiftBytes(first: number, by: number): void {
    const { records } = this;
    for (let place = first; place < records.count; place++) {
      if (!records.isNoted(place)) records.setBytes(place, records.bytesOf(place) + by);
    }
  }

  private makeRoom(count: number, used: number): void {
    if (count > this.records.capacity) {
      const capacity = 2 * count;
      const grown = new FrameRecords(new ArrayBuffer(capacity * FRAME_RECORD_SIZE), capacity);
      grown.append(this.records);
      this.records = grown;
    }
    if (used > this.bytes.length) {
      const grown = new Uint8Array(2 * used);
      grown.set(this.bytes.subarray(0, this.used));
      this.bytes = grown;
    }
  }
}
