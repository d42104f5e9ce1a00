import type { Direction, PcapngWriter, PcapWriter } from '../../../engine/pcap-writer/index.ts';
import type { MacTable } from '../../mac-table.ts';
import { writeZeroUdp } from '../../wire/zero-udp-frame.ts';
import type { FrameStore } from './frame-store.ts';

/** A capture file, to which frames are written in their order. */
export class CaptureFile {
  private readonly writer: PcapngWriter | PcapWriter;
  private readonly pcapng: PcapngWriter | null;
  private readonly snapLength: number;

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

  /** Writes the frame at a place of the store, as one of an interface. */
  write(
    { records, bytes: frames }: FrameStore,
    place: number,
    iface: number,
    macs: MacTable,
    comment: string | null,
  ): void {
    const length = records.lengthOf(place);
    const captured = Math.min(length, this.snapLength);
    const { writer } = this;
    writer.stampPacket(records.doubles, records.timeAt(place));
    const at = this.reserve(iface, captured, length, records.directionOf(place) as Direction, comment);
    const { bytes, view } = writer;
    if (records.isNoted(place)) {
      writeZeroUdp(records.words, records.noteAt(place), macs, bytes, view, at, at + captured);
    } else {
      const from = records.bytesOf(place);
      bytes.set(frames.subarray(from, from + captured), at);
    }
  }

  flush(): void {
    this.writer.flush();
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
