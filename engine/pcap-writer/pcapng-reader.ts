import { type BlockOptions, NO_OPTIONS, readOptions } from './block-options.ts';
import { type Capture, CaptureFormatError } from './capture.ts';
import { Direction } from './direction.ts';
import { BlockType, BYTE_ORDER_MAGIC, OptionCode } from './pcapng-format.ts';

/** Type and the two lengths: what every block has. */
const BLOCK_OVERHEAD = 12;
/** A longer block is taken for garbage (libpcap draws the same line). */
const MAX_BLOCK_LENGTH = 16 * 1024 * 1024;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/**
 * Reads a pcapng file whose first block has been recognised as a section header. Several sections are read as
 * one capture; block types that say nothing about packets are passed over.
 *
 * @internal
 */
export function readPcapng(bytes: Uint8Array): Capture {
  return new PcapngReader(bytes).read();
}

/** How the time stamps of an interface count. */
interface TimeScale {
  unitsPerSecond: bigint;
  /** Nanoseconds to add. */
  offset: bigint;
}

class PcapngReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private littleEndian = true;
  /** Interface ids count from 0 in every section: what to add to them. */
  private firstInterface = 0;
  private readonly scales: TimeScale[] = [];
  private readonly capture: Capture = {
    format: 'pcapng',
    interfaces: [],
    packets: [],
    truncated: false,
    hardware: null,
    operatingSystem: null,
    application: null,
  };

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Capture {
    let offset = 0;
    while (offset < this.bytes.length) {
      const length = this.blockLength(offset);
      if (length === undefined) {
        if (offset === 0) throw new CaptureFormatError('pcapng section header cut off', 0);
        this.capture.truncated = true;
        break;
      }
      this.readBlock(offset, offset + length - 4);
      offset += length;
    }
    return this.capture;
  }

  /** Total length of the block at `offset`; undefined when the file ends before the block does. */
  private blockLength(offset: number): number | undefined {
    const available = this.bytes.length - offset;
    if (available < BLOCK_OVERHEAD) return undefined;
    // Reads the same in both byte orders; the order of the section stands behind it.
    if (this.uint32(offset) === BlockType.sectionHeader) this.readByteOrder(offset + 8);
    const length = this.uint32(offset + 4);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0 || length > MAX_BLOCK_LENGTH) {
      throw new CaptureFormatError(`pcapng block length of ${length} bytes`, offset);
    }
    if (length > available) return undefined;
    const repeated = this.uint32(offset + length - 4);
    if (repeated !== length) {
      throw new CaptureFormatError(`pcapng block says ${length} bytes first and ${repeated} last`, offset);
    }
    return length;
  }

  private readByteOrder(offset: number): void {
    if (this.view.getUint32(offset, true) === BYTE_ORDER_MAGIC) this.littleEndian = true;
    else if (this.view.getUint32(offset, false) === BYTE_ORDER_MAGIC) this.littleEndian = false;
    else throw new CaptureFormatError('pcapng byte-order magic missing', offset);
  }

  /** @param end - where the block's body ends and its second length stands */
  private readBlock(offset: number, end: number): void {
    switch (this.uint32(offset)) {
      case BlockType.sectionHeader:
        this.readSectionHeader(offset, end);
        break;
      case BlockType.interfaceDescription:
        this.readInterface(offset, end);
        break;
      case BlockType.enhancedPacket:
        this.requireBody(offset, end, 28);
        this.readPacket(offset, end, this.uint32(offset + 8));
        break;
      case BlockType.packet:
        // The obsolete block differs only in its first word: 16 bits of interface id, 16 bits of drops.
        this.requireBody(offset, end, 28);
        this.readPacket(offset, end, this.view.getUint16(offset + 8, this.littleEndian));
        break;
      case BlockType.simplePacket:
        this.readSimplePacket(offset, end);
        break;
    }
  }

  private readSectionHeader(offset: number, end: number): void {
    this.requireBody(offset, end, 24);
    const major = this.view.getUint16(offset + 12, this.littleEndian);
    if (major !== 1) throw new CaptureFormatError(`pcapng version ${major}, only 1 is known`, offset + 12);
    this.firstInterface = this.capture.interfaces.length;
    if (offset > 0) return;
    const options = this.options(offset + 24, end);
    this.capture.hardware = options.text(OptionCode.hardware);
    this.capture.operatingSystem = options.text(OptionCode.operatingSystem);
    this.capture.application = options.text(OptionCode.application);
  }

  private readInterface(offset: number, end: number): void {
    this.requireBody(offset, end, 16);
    const options = this.options(offset + 16, end);
    this.capture.interfaces.push({
      name: options.text(OptionCode.interfaceName),
      description: options.text(OptionCode.interfaceDescription),
      snapLength: this.uint32(offset + 12),
      linkType: this.view.getUint16(offset + 8, this.littleEndian),
    });
    const seconds = options.int64(OptionCode.timestampOffset) ?? 0n;
    const resolution = options.uint8(OptionCode.timestampResolution) ?? 6;
    // The high bit chooses between powers of two and of ten.
    const base = resolution & 0x80 ? 2n : 10n;
    const unitsPerSecond = base ** BigInt(resolution & 0x7f);
    this.scales.push({ unitsPerSecond, offset: seconds * NANOSECONDS_PER_SECOND });
  }

  private readPacket(offset: number, end: number, interfaceId: number): void {
    const id = this.interfaceId(interfaceId, offset);
    const captured = this.uint32(offset + 20);
    const start = offset + 28;
    if (captured > end - start)
      throw new CaptureFormatError(`packet of ${captured} bytes in its block`, offset);
    const units = (BigInt(this.uint32(offset + 12)) << 32n) | BigInt(this.uint32(offset + 16));
    const scale = this.scales[id];
    // Data are padded; a block whose padding would leave it has no options.
    const options = this.options(start + ((captured + 3) & ~3), end);
    this.capture.packets.push({
      interfaceId: id,
      time: scale.offset + (units * NANOSECONDS_PER_SECOND) / scale.unitsPerSecond,
      bytes: this.bytes.subarray(start, start + captured),
      originalLength: this.uint32(offset + 24),
      direction: directionOf(options.uint32(OptionCode.packetFlags) ?? 0),
      comment: options.texts(OptionCode.comment),
    });
  }

  private readSimplePacket(offset: number, end: number): void {
    this.requireBody(offset, end, 12);
    const id = this.interfaceId(0, offset);
    const originalLength = this.uint32(offset + 8);
    const snapLength = this.capture.interfaces[id].snapLength;
    const limit = snapLength === 0 ? originalLength : Math.min(originalLength, snapLength);
    const start = offset + 12;
    if (limit > end - start) throw new CaptureFormatError(`packet of ${limit} bytes in its block`, offset);
    const bytes = this.bytes.subarray(start, start + limit);
    const direction = Direction.unknown;
    this.capture.packets.push({ interfaceId: id, time: 0n, bytes, originalLength, direction, comment: null });
  }

  private interfaceId(idInSection: number, offset: number): number {
    const id = this.firstInterface + idInSection;
    if (id >= this.capture.interfaces.length) {
      throw new CaptureFormatError(`packet of interface ${idInSection}, which is not described`, offset);
    }
    return id;
  }

  private options(start: number, end: number): BlockOptions {
    if (start >= end) return NO_OPTIONS;
    return readOptions(this.view, start, end, this.littleEndian);
  }

  private requireBody(offset: number, end: number, length: number): void {
    if (end - offset < length) throw new CaptureFormatError('pcapng block too short for its type', offset);
  }

  private uint32(offset: number): number {
    return this.view.getUint32(offset, this.littleEndian);
  }
}

function directionOf(flags: number): Direction {
  const bits = flags & 3;
  return bits === Direction.inbound || bits === Direction.outbound ? bits : Direction.unknown;
}
