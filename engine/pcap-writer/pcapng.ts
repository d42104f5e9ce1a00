import { Direction } from './direction.ts';
import { DEFAULT_SNAP_LENGTH, LinkType } from './link-type.ts';
import { PacketImages } from './packet-images.ts';
import { BlockType, BYTE_ORDER_MAGIC, LITTLE_ENDIAN, OptionCode } from './pcapng-format.ts';
import { encodeOptions, encodeText, optionHeader } from './pcapng-options.ts';
import { type ByteSink, copyBytes, DEFAULT_BUFFER_SIZE, RecordBuffer } from './record-buffer.ts';

export interface PcapngOptions {
  /** Wall-clock time of simulated time 0, nanoseconds since 1970-01-01 UTC. @defaultValue 0n */
  epochNanoseconds?: bigint;
  /** What made the packets (shb_hardware). */
  hardware?: string;
  /** shb_os. */
  operatingSystem?: string;
  /** The program that wrote the file (shb_userappl). */
  application?: string;
  /** Bytes collected before the sink is called; 64 KiB to 1 MiB is a good range. @defaultValue 262144 */
  bufferSize?: number;
}

export interface CaptureInterface {
  /** As in `node1:eth0` (if_name). */
  name: string;
  /** if_description. */
  description?: string;
  /** Packets are cut to this many bytes; 0 for no limit. @defaultValue 262144 */
  snapLength?: number;
  /** @defaultValue LinkType.ethernet */
  linkType?: number;
}

/** Bytes of an enhanced packet block without packet data and options: 28 before them, 4 behind. */
const PACKET_BLOCK_OVERHEAD = 32;
/** epb_flags: 4 bytes of option header, 4 of flags. */
const FLAGS_OPTION_LENGTH = 8;
const END_OF_OPTIONS_LENGTH = 4;
const FLAGS_HEADER = optionHeader(OptionCode.packetFlags, 4);
const TWO_POW_32 = 2 ** 32;
/** Bytes of a buffer that is hardly ever replaced by a larger one: what has a link's length fits in. */
const IMAGES_BUFFER_MIN = 2 ** 18;
/** What is imported is fetched from memory each time it is used; these are not. */
const ENHANCED_PACKET = BlockType.enhancedPacket;
const NO_DIRECTION = Direction.unknown;

/**
 * Writes a pcapng file (draft-ietf-opsawg-pcapng): many named interfaces, nanosecond time stamps, direction
 * and a comment per packet. One section, no length in the section header and nothing at the end, so the file
 * is valid wherever it is cut between two blocks; the sink only ever gets whole blocks.
 *
 * The file has the machine's byte order, as the format allows: blocks are multiples of four bytes, and
 * storing aligned words takes about three quarters of the time that a `DataView` needs.
 *
 * Packets are written in the order of the calls. Call `flush()` at the end, and whenever the file should be
 * whole.
 */
export class PcapngWriter {
  private readonly out: RecordBuffer;
  /** By interface id; "no limit" is a very large number, so that the packet path needs no case for it. */
  private readonly snapLengths: number[] = [];
  /** The epoch in two halves, so that no packet needs a BigInt. */
  private readonly epochHigh: number;
  private readonly epochLow: number;
  /** Time stamp of the next packet, in two halves. */
  private readonly stamp = new Int32Array(2);
  private readonly oneTime = new Float64Array(1);
  private images: PacketImages | null = null;

  /** @throws RangeError when the epoch is negative or beyond the year 2262 */
  constructor(sink: ByteSink, options: PcapngOptions = {}) {
    const epoch = options.epochNanoseconds ?? 0n;
    // Below 2^63 the sum with any simulated time stays below 2^64.
    if (epoch < 0n || epoch >= 2n ** 63n) throw new RangeError(`epoch of ${epoch} ns`);
    this.epochHigh = Number(epoch >> 32n);
    this.epochLow = Number(epoch & 0xffffffffn);
    this.out = new RecordBuffer(sink, options.bufferSize ?? DEFAULT_BUFFER_SIZE);
    this.writeSectionHeader(options);
  }

  /**
   * Describes an interface and returns the id that its packets are written with. Interfaces may be added at
   * any time.
   *
   * @throws RangeError when the snap length is not an integer from 0 to 2^31 - 1
   */
  addInterface(description: CaptureInterface): number {
    const snapLength = description.snapLength ?? DEFAULT_SNAP_LENGTH;
    if (!Number.isInteger(snapLength) || snapLength < 0 || snapLength >= 2 ** 31) {
      throw new RangeError(`snap length of ${snapLength} bytes`);
    }
    const options = encodeOptions([
      [OptionCode.interfaceName, description.name],
      [OptionCode.interfaceDescription, description.description],
      // if_tsresol 9: time stamps count units of 10^-9 s.
      [OptionCode.timestampResolution, Uint8Array.of(9)],
    ]);
    const start = this.startBlock(BlockType.interfaceDescription, 20 + options.length);
    const { bytes, view, words } = this.out;
    view.setUint16(start + 8, description.linkType ?? LinkType.ethernet, LITTLE_ENDIAN);
    view.setUint16(start + 10, 0, LITTLE_ENDIAN);
    words[(start >>> 2) + 3] = snapLength;
    bytes.set(options, start + 16);
    return this.snapLengths.push(snapLength === 0 ? 2 ** 31 - 1 : snapLength) - 1;
  }

  /**
   * Writes one packet.
   *
   * @param interfaceId - from `addInterface`
   * @param time - nanoseconds after the epoch given to the constructor, an integer
   * @param bytes - the packet from its first byte on; longer is fine
   * @param capturedLength - how many of them to keep; the interface's snap length cuts further
   * @param originalLength - bytes of the packet on the wire
   * @param comment - a text shown with the packet; cut at 65535 bytes of UTF-8
   * @throws RangeError for an unknown interface, a time that is no integer from 0 on, or more captured bytes
   *   than there are or were on the wire
   */
  writePacket(
    interfaceId: number,
    time: number,
    bytes: Uint8Array,
    capturedLength: number,
    originalLength: number,
    direction: Direction,
    comment: string | null = null,
  ): void {
    const snapLength = this.snapLengths[interfaceId];
    if (snapLength === undefined) throw new RangeError(`no interface ${interfaceId}`);
    this.oneTime[0] = time;
    this.stampPacket(this.oneTime, 0);
    if (!(capturedLength >= 0 && capturedLength <= bytes.length && capturedLength <= originalLength)) {
      throw new RangeError(
        `${capturedLength} of ${bytes.length} bytes captured, ${originalLength} on the wire`,
      );
    }
    const captured = Math.min(capturedLength, snapLength);
    const start = this.reservePacket(interfaceId, captured, originalLength, direction, comment);
    copyBytes(bytes, captured, this.out.bytes, start);
  }

  /**
   * Sets the time of the packet that `reservePacket` is called for next: `times[at]` nanoseconds after the epoch. A
   * number of that size would have to be allocated to be an argument.
   *
   * @throws RangeError for a time that is no integer from 0 on
   */
  stampPacket(times: Float64Array, at: number): void {
    const time = times[at];
    if (!Number.isSafeInteger(time) || time < 0) throw new RangeError(`packet time of ${time} ns`);
    // Exact: dividing by a power of two loses nothing, and each half stays far below 2^53.
    const high = Math.floor(time / TWO_POW_32);
    const low = this.epochLow + (time - high * TWO_POW_32);
    this.stamp[0] = this.epochHigh + high + (low >= TWO_POW_32 ? 1 : 0);
    this.stamp[1] = low;
  }

  /**
   * Writes a packet but for its bytes, which the caller makes in place: less than `writePacket` for whoever would
   * otherwise make them elsewhere first. Call `stampPacket` before.
   *
   * @param captured - bytes of the packet that will be there, not more than the interface's snap length
   * @returns where in `bytes` they go, a multiple of four; the caller writes all of them before the next call
   * @throws RangeError for an unknown interface, or more captured bytes than its snap length or than were on the wire
   */
  reservePacket(
    interfaceId: number,
    captured: number,
    originalLength: number,
    direction: Direction,
    comment: string | null = null,
  ): number {
    if (!(captured >= 0 && captured <= this.snapLengths[interfaceId] && captured <= originalLength)) {
      throw new RangeError(`${captured} bytes of ${originalLength} captured at interface ${interfaceId}`);
    }
    const dataSize = (captured + 3) & ~3;
    const text = comment === null ? null : encodeText(comment);
    const optionsSize = packetOptionsSize(direction, text);
    const start = this.startBlock(ENHANCED_PACKET, PACKET_BLOCK_OVERHEAD + dataSize + optionsSize);
    const { words } = this.out;
    const word = start >>> 2;
    words[word + 2] = interfaceId;
    words[word + 3] = this.stamp[0];
    words[word + 4] = this.stamp[1];
    words[word + 5] = captured;
    words[word + 6] = originalLength;
    const options = start + 28 + dataSize;
    // The last word of the data: what the caller writes then leaves zeros in the padding.
    if (dataSize > captured) words[(options >>> 2) - 1] = 0;
    if (optionsSize > 0) this.writePacketOptions(options, direction, text);
    return start + 28;
  }

  /**
   * Keeps blocks of packets from now on (`keepPacket`), each under a number below `count`: only in a large buffer, as
   * long as no packet needs a larger one, and where there is memory for them.
   */
  keepImages(count: number): void {
    if (this.bufferSize >= IMAGES_BUFFER_MIN) this.images = PacketImages.create(this.out, count);
  }

  /** Keeps the packet that was written last, unless it is long, for others like it. */
  keepPacket(number: number, originalLength: number): void {
    const { last, end } = this.out;
    this.images?.keep(number, originalLength, last, end - last);
  }

  /**
   * Writes the packet again that was kept last under a number, if it was one of that length, with the time of
   * `stampPacket`.
   *
   * @returns where in `bytes` it is, for the caller to change what he wants before the next call; -1 if there is none
   */
  repeatPacket(number: number, originalLength: number): number {
    const { images, out } = this;
    const size = images === null ? 0 : images.sizeOf(number, originalLength);
    if (size === 0) return -1;
    const start = out.reserve(size);
    images!.copyTo(number, start, size);
    const word = start >>> 2;
    out.words[word + 3] = this.stamp[0];
    out.words[word + 4] = this.stamp[1];
    return start + 28;
  }

  /** The buffer, for `reservePacket`. It may be another one after each call. */
  get bytes(): Uint8Array {
    return this.out.bytes;
  }

  /** The same memory. */
  get view(): DataView {
    return this.out.view;
  }

  /** Bytes collected before the sink is called. */
  get bufferSize(): number {
    return this.out.bytes.length;
  }

  /** Hands all blocks written so far to the sink. */
  flush(): void {
    this.out.flush();
  }

  private writeSectionHeader(options: PcapngOptions): void {
    const encoded = encodeOptions([
      [OptionCode.hardware, options.hardware],
      [OptionCode.operatingSystem, options.operatingSystem],
      [OptionCode.application, options.application],
    ]);
    const start = this.startBlock(BlockType.sectionHeader, 28 + encoded.length);
    const { bytes, view, words } = this.out;
    words[(start >>> 2) + 2] = BYTE_ORDER_MAGIC;
    view.setUint16(start + 12, 1, LITTLE_ENDIAN);
    view.setUint16(start + 14, 0, LITTLE_ENDIAN);
    // Section length -1: not known, and it need not be mended when the file is cut.
    words.fill(-1, (start >>> 2) + 4, (start >>> 2) + 6);
    bytes.set(encoded, start + 24);
  }

  /** Reserves a block of `size` bytes, a multiple of four, and writes its type and its two lengths. */
  private startBlock(type: number, size: number): number {
    const start = this.out.reserve(size);
    const words = this.out.words;
    const word = start >>> 2;
    words[word] = type;
    words[word + 1] = size;
    words[word + (size >>> 2) - 1] = size;
    return start;
  }

  private writePacketOptions(offset: number, direction: Direction, comment: Uint8Array | null): void {
    const { bytes, words } = this.out;
    let word = offset >>> 2;
    if (comment !== null) {
      const valueWords = (comment.length + 3) >>> 2;
      // The last word first, for the padding; of an empty comment it is the header's own.
      words[word + valueWords] = 0;
      words[word] = optionHeader(OptionCode.comment, comment.length);
      bytes.set(comment, offset + 4);
      word += 1 + valueWords;
    }
    if (direction !== NO_DIRECTION) {
      words[word++] = FLAGS_HEADER;
      words[word++] = direction;
    }
    words[word] = 0;
  }
}

/** Bytes that `writePacketOptions` will write. */
function packetOptionsSize(direction: Direction, comment: Uint8Array | null): number {
  if (direction === NO_DIRECTION && comment === null) return 0;
  const commentSize = comment === null ? 0 : 4 + ((comment.length + 3) & ~3);
  return commentSize + (direction === NO_DIRECTION ? 0 : FLAGS_OPTION_LENGTH) + END_OF_OPTIONS_LENGTH;
}
