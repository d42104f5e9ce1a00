import type { PcapngWriter, PcapWriter } from '../../../engine/pcap-writer/index.ts';
import type { MacTable } from '../../mac-table.ts';
import { CaptureFile } from './capture-file.ts';
import type { ChunkTaker } from './capture-log.ts';
import type { FrameChunk, View } from './frame-chunk.ts';
import { FrameOrder } from './frame-order.ts';
import { FrameKind } from './frame-records.ts';
import { FrameStore } from './frame-store.ts';

/** What is imported is fetched from memory each time it is used; this is not. */
const LIKE_OTHERS = FrameKind.like;

/** What `CaptureFiles` has in hand between two chunks. */
export interface FilesInHand {
  /** Its frames, their comments, and all templates and views. */
  chunk: FrameChunk;
  /** Frames in it that were not due when they were looked at the last time. */
  keptCount: number;
}

/**
 * Writes what captures have seen to their files, in the order of (time, order). What a file saw at its last instant is
 * held back, since it may be dropped at that instant and then gets a comment; so is what goes out later than that.
 *
 * It knows nothing of the network but its MAC addresses, so that it can do its work in another thread.
 */
export class CaptureFiles implements ChunkTaker {
  private readonly macs: MacTable;
  private readonly files: CaptureFile[] = [];
  private readonly views: View[] = [];
  /** By view; and the interface's number in the file. */
  private fileOf = new Int32Array(0);
  private interfaceOf = new Int32Array(0);
  private readonly store = new FrameStore();
  private readonly order = new FrameOrder();
  /** By serial. */
  private readonly comments = new Map<number, string>();

  constructor(macs: MacTable) {
    this.macs = macs;
  }

  /** Adds a file and answers its number. @param snapLength bytes of each frame to keep */
  add(writer: PcapngWriter | PcapWriter, snapLength = Number.POSITIVE_INFINITY): number {
    return this.files.push(new CaptureFile(writer, snapLength)) - 1;
  }

  take(chunk: FrameChunk, instants: Float64Array): void {
    this.append(chunk);
    // those that were not due the last time are looked at each time: not more often than others come
    if (this.store.records.count >= 2 * this.store.keptCount) this.write(instants, false);
    chunk.clear();
  }

  flush(chunk: FrameChunk, instants: Float64Array): void {
    this.append(chunk);
    this.write(instants, true);
    for (const file of this.files) file.flush();
    chunk.clear();
  }

  /** Everything that is not written yet, and all views, for another one to go on with. */
  handOver(): FilesInHand {
    for (const file of this.files) file.flush();
    const chunk = this.store.toChunk();
    chunk.comments = Array.from(this.comments, ([serial, text]) => ({ serial, text }));
    chunk.views = this.views;
    return { chunk, keptCount: this.store.keptCount };
  }

  /**
   * Goes on where another one stopped that had the same files. What the files begin with is flushed anew: whoever calls
   * this keeps it from their sinks.
   */
  resume({ chunk, keptCount }: FilesInHand): void {
    this.append(chunk);
    this.store.keptCount = keptCount;
    for (const file of this.files) file.flush();
  }

  private append(chunk: FrameChunk): void {
    for (const view of chunk.views) this.addView(view);
    for (const { serial, text } of chunk.comments) this.comments.set(serial, text);
    this.store.append(chunk);
  }

  private addView(view: View): void {
    const place = this.views.push(view) - 1;
    if (place === this.fileOf.length) {
      this.fileOf = grownTo(this.fileOf, 2 * place + 1);
      this.interfaceOf = grownTo(this.interfaceOf, 2 * place + 1);
    }
    this.fileOf[place] = view.file;
    this.interfaceOf[place] = this.files[view.file].addInterface(view.name);
  }

  private write(instants: Float64Array, inclusive: boolean): void {
    const { store, order, files, macs, comments, fileOf, interfaceOf } = this;
    const { records, templates } = store;
    order.find(records, instants, inclusive, fileOf);
    const { due } = order;
    for (let i = 0; i < order.dueCount; i++) {
      const place = due[i];
      const comment = comments.size === 0 ? null : this.takeComment(records.serialOf(place));
      const view = records.viewOf(place);
      const file = files[fileOf[view]];
      if (records.kindOf(place) !== LIKE_OTHERS) {
        file.write(store, place, interfaceOf[view], macs, comment);
        continue;
      }
      const second = templates.secondViewOf(records.templateOf(place));
      // what becomes of it becomes of it where it was seen last
      file.writeLike(store, place, interfaceOf[view], false, macs, second < 0 ? comment : null);
      if (second >= 0) file.writeLike(store, place, interfaceOf[second], true, macs, comment);
    }
    store.keep(order.kept, order.keptCount);
  }

  private takeComment(serial: number): string | null {
    const comment = this.comments.get(serial) ?? null;
    this.comments.delete(serial);
    return comment;
  }
}

function grownTo(list: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length);
  grown.set(list);
  return grown;
}
