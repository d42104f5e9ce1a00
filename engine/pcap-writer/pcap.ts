import { DEFAULT_SNAP_LENGTH, LinkType } from './link-type.ts';
import { type ByteSink, copyBytes, DEFAULT_BUFFER_SIZE, RecordBuffer } from './record-buffer.ts';

export interface PcapOptions {
  /** Wall-clock time of simulated time 0, nanoseconds since 1970-01-01 UTC. @defaultValue 0n */
  epochNanoseconds?: bigint;
  /** Packets are cut to this many bytes. @defaultValue 262144 */
  snapLength?: number;
  /** @defaultValue LinkType.ethernet */
  linkType?: number;
  /** Bytes collected before the sink is called. @defaultValue 262144 */
  bufferSize?: number;
}

/** Magic of a classic pcap file whose time stamps are in nanoseconds (draft-ietf-opsawg-pcap, 4). */
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d;
/** Magic of the older kind, with microseconds. */
export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4;

export const PCAP_FILE_HEADER_LENGTH = 24;
export const PCAP_RECORD_HEADER_LENGTH = 16;

const NANOSECONDS_PER_SECOND = 1_000_000_000;
/** Seconds are 32 bits; the longest simulated time (2^53 ns) must fit on top of the epoch. */
const LAST_EPOCH = (2n ** 32n - 1n) * 1_000_000_000n - 2n ** 53n;

/**
 * Writes a classic pcap file with nanosecond time stamps, little endian: one interface without a name, no
 * directions, no comments. The sink only ever gets whole records.
 */
export class PcapWriter {
  private readonly out: RecordBuffer;
  private readonly snapLength: number;
  private readonly epochSeconds: number;
  private readonly epochRest: number;
  /** Time stamp of the next packet: seconds and nanoseconds. */
  private readonly stamp = new Int32Array(2);
  private readonly oneTime = new Float64Array(1);

  /** @throws RangeError when the epoch is negative or beyond the year 2105, or the snap length below 1 */
  constructor(sink: ByteSink, options: PcapOptions = {}) {
    const epoch = options.epochNanoseconds ?? 0n;
    if (epoch < 0n || epoch > LAST_EPOCH) throw new RangeError(`epoch of ${epoch} ns`);
    this.epochSeconds = Number(epoch / 1_000_000_000n);
    this.epochRest = Number(epoch % 1_000_000_000n);
    this.snapLength = options.snapLength ?? DEFAULT_SNAP_LENGTH;
    if (!Number.isInteger(this.snapLength) || this.snapLength < 1 || this.snapLength >= 2 ** 31) {
      throw new RangeError(`snap length of ${this.snapLength} bytes`);
    }
    this.out = new RecordBuffer(sink, options.bufferSize ?? DEFAULT_BUFFER_SIZE);
    this.writeFileHeader(options.linkType ?? LinkType.ethernet);
  }

  /**
   * Writes one packet.
   *
   * @param time - nanoseconds after the epoch given to the constructor, an integer
   * @param bytes - the packet from its first byte on; longer is fine
   * @param capturedLength - how many of them to keep; the snap length cuts further
   * @param originalLength - bytes of the packet on the wire
   * @throws RangeError for a time that is no integer from 0 on, or more captured bytes than there are or were
   *   on the wire
   */
  writePacket(time: number, bytes: Uint8Array, capturedLength: number, originalLength: number): void {
    this.oneTime[0] = time;
    this.stampPacket(this.oneTime, 0);
    if (!(capturedLength >= 0 && capturedLength <= bytes.length && capturedLength <= originalLength)) {
      throw new RangeError(
        `${capturedLength} of ${bytes.length} bytes captured, ${originalLength} on the wire`,
      );
    }
    const captured = Math.min(capturedLength, this.snapLength);
    const start = this.reservePacket(captured, originalLength);
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
    // The quotient is rounded and may come out one too large close below a full second; the rest tells.
    let seconds = Math.floor(time / NANOSECONDS_PER_SECOND);
    let rest = time - seconds * NANOSECONDS_PER_SECOND;
    if (rest < 0) {
      seconds -= 1;
      rest += NANOSECONDS_PER_SECOND;
    }
    rest += this.epochRest;
    if (rest >= NANOSECONDS_PER_SECOND) {
      seconds += 1;
      rest -= NANOSECONDS_PER_SECOND;
    }
    this.stamp[0] = this.epochSeconds + seconds;
    this.stamp[1] = rest;
  }

  /**
   * Writes a packet but for its bytes, which the caller makes in place: less than `writePacket` for whoever would
   * otherwise make them elsewhere first. Call `stampPacket` before.
   *
   * @param captured - bytes of the packet that will be there, not more than the snap length
   * @returns where in `bytes` they go; the caller writes all of them before the next call
   * @throws RangeError for more captured bytes than the snap length or than were on the wire
   */
  reservePacket(captured: number, originalLength: number): number {
    if (!(captured >= 0 && captured <= this.snapLength && captured <= originalLength)) {
      throw new RangeError(`${captured} bytes of ${originalLength} captured`);
    }
    const start = this.out.reserve(PCAP_RECORD_HEADER_LENGTH + captured);
    const view = this.out.view;
    view.setUint32(start, this.stamp[0], true);
    view.setUint32(start + 4, this.stamp[1], true);
    view.setUint32(start + 8, captured, true);
    view.setUint32(start + 12, originalLength, true);
    return start + PCAP_RECORD_HEADER_LENGTH;
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

  /** Hands all records written so far to the sink. */
  flush(): void {
    this.out.flush();
  }

  private writeFileHeader(linkType: number): void {
    const start = this.out.reserve(PCAP_FILE_HEADER_LENGTH);
    const view = this.out.view;
    view.setUint32(start, PCAP_MAGIC_NANOSECONDS, true);
    view.setUint16(start + 4, 2, true);
    view.setUint16(start + 6, 4, true);
    // Time zone and accuracy of the stamps: always 0.
    view.setUint32(start + 8, 0, true);
    view.setUint32(start + 12, 0, true);
    view.setUint32(start + 16, this.snapLength, true);
    view.setUint32(start + 20, linkType, true);
  }
}
