import type { Direction, PcapngWriter, PcapWriter } from '../../../engine/pcap-writer/index.ts';
import type { MacTable } from '../../mac-table.ts';
import { changeIpId, frameLengthOf, lengthAndIdOf, writeZeroUdp } from '../../wire/zero-udp-frame.ts';
import { FrameKind } from './frame-records.ts';
import type { FrameStore } from './frame-store.ts';
import { contentAt } from './kept-frames.ts';

/** Frames like others before a file keeps images of them (`PcapngWriter.keepPacket`). */
const MANY = 10_000;
/** And how many: 12 MB at most. */
const IMAGES = 2 ** 16;
/** So many files do: each has a WebAssembly memory, for which V8 takes 10 GB of addresses. */
const FILES_WITH_IMAGES = 8;
let filesWithImages = 0;

/** A capture file, to which frames are written in their order. */
export class CaptureFile {
  private readonly writer: PcapngWriter | PcapWriter;
  private readonly pcapng: PcapngWriter | null;
  private readonly snapLength: number;
  /** Frames written that are like others; from `MANY` on they are copied from those. */
  private likeOthers = 0;

  /** @param snapLength bytes of each frame to keep */
  constructor(writer: PcapngWriter | PcapWriter, snapLength: number) {
    this.writer = writer;
    this.pcapng = 'addInterface' in writer ? writer : null;
    this.snapLength = snapLength;
  }

  /** Answers the interface's number in the file. */
  addInterface(name: string): number {
    return this.pcapng === null ? 0 : this.pcapng.addInterface({ name });
  }

  /** Writes the frame at a place of the store, of which there are bytes or a note, as one of an interface. */
  write(store: FrameStore, place: number, iface: number, macs: MacTable, comment: string | null): void {
    const { records, bytes, words } = store;
    const content = contentAt(records.bytesOf(place));
    const length = records.lengthOf(place);
    const captured = Math.min(length, this.snapLength);
    this.writer.stampPacket(records.doubles, records.timeAt(place));
    const at = this.reserve(iface, captured, length, records.directionOf(place) as Direction, comment);
    if (records.kindOf(place) === FrameKind.bytes) {
      this.writer.bytes.set(bytes.subarray(content, content + captured), at);
    } else {
      const note = content >>> 2;
      this.makeZeroUdp(words, note, lengthAndIdOf(words, note), macs, at, captured);
    }
  }

  /**
   * The same of a frame that is like others.
   * @param isSecond whether it was seen from the second view
   */
  writeLike(
    { records, templates }: FrameStore,
    place: number,
    iface: number,
    isSecond: boolean,
    macs: MacTable,
    comment: string | null,
  ): void {
    const { writer } = this;
    writer.stampPacket(records.doubles, records.timeAt(place));
    const template = records.templateOf(place);
    const lengthAndId = records.lengthAndIdOf(place);
    const length = frameLengthOf(lengthAndId);
    const image = (template << 1) | (isSecond ? 1 : 0);
    if (comment === null && this.repeat(image, length, lengthAndId)) return;
    const captured = Math.min(length, this.snapLength);
    const at = this.reserve(iface, captured, length, records.directionOf(place) as Direction, comment);
    this.makeZeroUdp(templates.words, templates.noteAt(template), lengthAndId, macs, at, captured);
    if (comment === null) this.pcapng?.keepPacket(image, length);
    if (this.likeOthers++ === MANY) this.keepImages();
  }

  flush(): void {
    this.writer.flush();
  }

  /** Writes what was written of the last frame that was like this one, if that was as long. */
  private repeat(image: number, length: number, lengthAndId: number): boolean {
    if (this.likeOthers < MANY) return false;
    const { pcapng } = this;
    const at = pcapng === null ? -1 : pcapng.repeatPacket(image, length);
    if (at < 0) return false;
    changeIpId(pcapng!.view, at, lengthAndId);
    return true;
  }

  private keepImages(): void {
    const { pcapng } = this;
    if (pcapng !== null && filesWithImages++ < FILES_WITH_IMAGES) pcapng.keepImages(IMAGES);
  }

  private makeZeroUdp(
    words: Int32Array,
    note: number,
    lengthAndId: number,
    macs: MacTable,
    at: number,
    captured: number,
  ): void {
    const { bytes, view } = this.writer;
    writeZeroUdp(words, note, lengthAndId, macs, bytes, view, at, at + captured);
  }

  private reserve(
    iface: number,
    captured: number,
    length: number,
    direction: Direction,
    comment: string | null,
  ): number {
    if (this.pcapng === null) return (this.writer as PcapWriter).reservePacket(captured, length);
    return this.pcapng.reservePacket(iface, captured, length, direction, comment);
  }
}
