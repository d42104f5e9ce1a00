import { type Payload, ZERO_PAYLOAD } from '../../payload.ts';
import { type TcpFields, TcpFlag } from '../../wire/tcp.ts';
import { emitTcpOptions, type TcpOption, tcpOptionsLength } from '../../wire/tcp-options.ts';

const NO_OPTIONS = new Uint8Array(0);
/** NOP, NOP, timestamps. */
const TIMESTAMPS_LENGTH = 12;

/**
 * A segment as this host sends it: header fields, and the data as a stretch of what the application wrote. The bytes
 * of the options are made when somebody asks for them.
 */
export class TcpSegment implements TcpFields, Payload {
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  window = 0;
  hasTimestamps = false;
  timestamp = 0;
  timestampEcho = 0;
  /** In a SYN: MSS, 0 for none. */
  maximumSegmentSize = 0;
  /** In a SYN: shift count, -1 for none. */
  windowScale = -1;
  /** In a SYN. */
  sackPermitted = false;
  /** Left and right edges in turn. */
  sackBlocks: Int32Array | null = null;
  data: Payload = ZERO_PAYLOAD;
  /** Of the first byte in `data`. */
  dataOffset = 0;
  /** Memory that Linux would charge for it at the receiver. */
  truesize = 0;
  private bytes: Uint8Array | null = null;

  /** Bytes of the options, without making them. */
  get optionsLength(): number {
    if ((this.flags & TcpFlag.syn) !== 0) return this.options.length;
    const blocks = this.sackBlocks === null ? 0 : 4 + 4 * this.sackBlocks.length;
    return (this.hasTimestamps ? TIMESTAMPS_LENGTH : 0) + blocks;
  }

  get options(): Uint8Array {
    this.bytes ??= this.makeOptions();
    return this.bytes;
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    this.data.writeTo(bytes, offset, this.dataOffset + from, length);
  }

  /** In the order of Linux (`tcp_options_write`). */
  private makeOptions(): Uint8Array {
    const options: TcpOption[] = [];
    if (this.maximumSegmentSize > 0) {
      options.push({ kind: 'maximumSegmentSize', size: this.maximumSegmentSize });
    }
    if (this.hasTimestamps) {
      if (this.sackPermitted) options.push({ kind: 'sackPermitted' });
      else options.push({ kind: 'noOperation' }, { kind: 'noOperation' });
      options.push({
        kind: 'timestamps',
        value: this.timestamp >>> 0,
        echoReply: this.timestampEcho >>> 0,
      });
    } else if (this.sackPermitted) {
      options.push({ kind: 'noOperation' }, { kind: 'noOperation' }, { kind: 'sackPermitted' });
    }
    if (this.windowScale >= 0) {
      options.push({ kind: 'noOperation' }, { kind: 'windowScale', shift: this.windowScale });
    }
    this.pushSackBlocks(options);
    const length = tcpOptionsLength(options);
    if (length === 0) return NO_OPTIONS;
    const bytes = new Uint8Array(length);
    emitTcpOptions(bytes, 0, options);
    return bytes;
  }

  private pushSackBlocks(options: TcpOption[]): void {
    if (this.sackBlocks === null) return;
    const blocks: { left: number; right: number }[] = [];
    for (let i = 0; i < this.sackBlocks.length; i += 2) {
      blocks.push({ left: this.sackBlocks[i] >>> 0, right: this.sackBlocks[i + 1] >>> 0 });
    }
    options.push({ kind: 'noOperation' }, { kind: 'noOperation' }, { kind: 'sack', blocks });
  }
}
