import type { Direction, PcapngWriter, PcapWriter } from '../../../engine/pcap-writer/index.ts';
import type { MacTable } from '../../mac-table.ts';
import { writeZeroUdp } from '../../wire/zero-udp-frame.ts';
import { NOTED as IN_NOTE } from './frame-records.ts';
import type { FrameStore } from './frame-store.ts';

/** What is imported is fetched from memory each time it is used; this is not. */
const NOTED = IN_NOTE;

/** A capture file, to which frames are written in their order. */
export class CaptureFile {
  /** Names of its interfaces. */
  readonly interfaces: string[] = [];
  private readonly writer: PcapngWriter | PcapWriter;
  private readonly pcapng: PcapngWriter | null;
  private readonly snapLength: number;

  /** @param snapLength bytes of each frame to keep */
  constructor(writer: PcapngWriter | PcapWriter, snapLength: number) {
    this.writer = writer;
    this.pcapng = 'addInterface' in writer ? writer : null;
    this.snapLength = snapLength;
  }

  addInterface(name: string): void {
    this.interfaces.push(name);
    this.pcapng?.addInterface({ name });
  }

  write({ records, bytes: frames }: FrameStore, place: number, macs: MacTable, comment: string | null): void {
    const length = records.lengthOf(place);
    const captured = Math.min(length, this.snapLength);
    const { writer } = this;
    writer.stampPacket(records.doubles, records.timeAt(place));
    const at = this.reserve(
      records.interfaceOf(place),
      captured,
      length,
      records.directionOf(place) as Direction,
      comment,
    );
    const { bytes, view } = writer;
    const from = records.bytesOf(place);
    if (from === NOTED) {
      writeZeroUdp(records.words, records.noteAt(place), macs, bytes, view, at, at + captured);
    } else bytes.set(frames.subarray(from, from + captured), at);
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
