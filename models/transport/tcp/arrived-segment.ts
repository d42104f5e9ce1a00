import type { Packet } from '../../packet.ts';
import { type Payload, ZERO_PAYLOAD } from '../../payload.ts';
import { isParseError } from '../../wire/parse-error.ts';
import { type TcpFields, TcpFlag } from '../../wire/tcp.ts';
import { parseTcpOptions } from '../../wire/tcp-options.ts';
import { segmentTruesize } from './segment-truesize.ts';
import { TcpSegment } from './tcp-segment.ts';

/** RFC 2018, 3: four blocks fit, three beside timestamps. */
const SACK_BLOCKS_MAX = 4;
/** RFC 3168, 5: the last two bits of the TOS field. */
const ECN_MASK = 3;

/**
 * A segment that has come in, taken apart. One object serves all of them: it is good until the next segment, which
 * cannot come while this one is being looked at.
 */
export class ArrivedSegment {
  sequence = 0;
  /** Behind the last byte of data, SYN and FIN counted. */
  end = 0;
  acknowledgement = 0;
  flags = 0;
  /** As on the wire, not scaled. */
  window = 0;
  /** Bytes of data. */
  length = 0;
  hasTimestamps = false;
  timestamp = 0;
  timestampEcho = 0;
  /** 0 without the option. */
  maximumSegmentSize = 0;
  /** -1 without the option. */
  windowScale = -1;
  sackPermitted = false;
  sackCount = 0;
  readonly sackLeft = new Int32Array(SACK_BLOCKS_MAX);
  readonly sackRight = new Int32Array(SACK_BLOCKS_MAX);
  truesize = 0;
  /** ECN bits of the packet. */
  ecn = 0;
  payload: Payload = ZERO_PAYLOAD;
  payloadOffset = 0;

  read(packet: Packet, fields: TcpFields): void {
    const { flags } = fields;
    this.sequence = fields.sequence | 0;
    this.acknowledgement = fields.acknowledgement | 0;
    this.flags = flags;
    this.window = fields.window;
    this.length = packet.payloadLength;
    let end = this.sequence + packet.payloadLength;
    if ((flags & TcpFlag.syn) !== 0) end++;
    if ((flags & TcpFlag.fin) !== 0) end++;
    this.end = end | 0;
    this.sackCount = 0;
    this.ecn = packet.tos & ECN_MASK;
    // the data themselves, not the segment, are what is kept
    const own = packet.payload === (fields as unknown);
    this.payload = own && fields instanceof TcpSegment ? fields.data : packet.payload;
    this.payloadOffset = own && fields instanceof TcpSegment ? fields.dataOffset : 0;
    if (fields instanceof TcpSegment) this.copyOptions(fields);
    else this.parseOptions(fields.options);
    this.truesize =
      fields instanceof TcpSegment && fields.truesize > 0
        ? fields.truesize
        : segmentTruesize(packet.payloadLength, false);
  }

  private copyOptions(segment: TcpSegment): void {
    this.hasTimestamps = segment.hasTimestamps;
    this.timestamp = segment.timestamp;
    this.timestampEcho = segment.timestampEcho;
    this.maximumSegmentSize = segment.maximumSegmentSize;
    this.windowScale = segment.windowScale;
    this.sackPermitted = segment.sackPermitted;
    const blocks = segment.sackBlocks;
    if (blocks === null) return;
    for (let i = 0; i < blocks.length; i += 2) this.addSackBlock(blocks[i], blocks[i + 1]);
  }

  private addSackBlock(left: number, right: number): void {
    if (this.sackCount >= SACK_BLOCKS_MAX) return;
    this.sackLeft[this.sackCount] = left;
    this.sackRight[this.sackCount] = right;
    this.sackCount++;
  }

  private parseOptions(bytes: Uint8Array): void {
    this.hasTimestamps = false;
    this.timestamp = 0;
    this.timestampEcho = 0;
    this.maximumSegmentSize = 0;
    this.windowScale = -1;
    this.sackPermitted = false;
    const options = parseTcpOptions(bytes);
    if (isParseError(options)) return;
    for (const option of options) {
      switch (option.kind) {
        case 'maximumSegmentSize':
          this.maximumSegmentSize = option.size;
          break;
        case 'windowScale':
          // RFC 7323, 2.3: more than 14 means 14
          this.windowScale = Math.min(option.shift, 14);
          break;
        case 'sackPermitted':
          this.sackPermitted = true;
          break;
        case 'timestamps':
          this.hasTimestamps = true;
          this.timestamp = option.value | 0;
          this.timestampEcho = option.echoReply | 0;
          break;
        case 'sack':
          for (const { left, right } of option.blocks) this.addSackBlock(left | 0, right | 0);
          break;
        default:
      }
    }
  }
}

/** The segment in hand. */
export const arrived = new ArrivedSegment();
