import { readUint16, readUint32, writeUint16, writeUint32 } from './big-endian.ts';
import { ParseError } from './parse-error.ts';

/** TCP options (RFC 9293, 3.2; RFC 7323 for window scale and timestamps; RFC 2018 for SACK). */

/** Option kinds (IANA "TCP Option Kind Numbers"). */
export const TcpOptionKind = {
  endOfList: 0,
  noOperation: 1,
  maximumSegmentSize: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
} as const;

export type TcpOption =
  /** Padding between options. */
  | { kind: 'noOperation' }
  /** The largest segment that the sender takes, bytes of data; in a SYN only. */
  | { kind: 'maximumSegmentSize'; size: number }
  /** Windows of this sender count 2^shift bytes; in a SYN only. */
  | { kind: 'windowScale'; shift: number }
  | { kind: 'sackPermitted' }
  | { kind: 'sack'; blocks: SackBlock[] }
  /** TSval and TSecr. */
  | { kind: 'timestamps'; value: number; echoReply: number }
  /** An option of another kind, or of a known kind with a length that it cannot have. */
  | { kind: 'other'; code: number; data: Uint8Array };

/** Bytes received beyond the acknowledgement: from `left` up to but not including `right`. */
export interface SackBlock {
  left: number;
  right: number;
}

const BAD_LENGTH = new ParseError('bad_option', 'TCP option length that does not fit');

/**
 * Reads an option list. It ends with the bytes, or with an end-of-list option, behind which all is padding.
 * Data of other options are a view of `bytes`.
 */
export function parseTcpOptions(bytes: Uint8Array): TcpOption[] | ParseError {
  const options: TcpOption[] = [];
  let offset = 0;
  while (offset < bytes.length && bytes[offset] !== TcpOptionKind.endOfList) {
    const code = bytes[offset];
    if (code === TcpOptionKind.noOperation) {
      options.push({ kind: 'noOperation' });
      offset += 1;
      continue;
    }
    if (offset + 2 > bytes.length) return BAD_LENGTH;
    const length = bytes[offset + 1];
    if (length < 2 || offset + length > bytes.length) return BAD_LENGTH;
    options.push(parseOption(code, bytes.subarray(offset + 2, offset + length)));
    offset += length;
  }
  return options;
}

function parseOption(code: number, data: Uint8Array): TcpOption {
  const length = data.length + 2;
  if (code === TcpOptionKind.maximumSegmentSize && length === 4) {
    return { kind: 'maximumSegmentSize', size: readUint16(data, 0) };
  }
  if (code === TcpOptionKind.windowScale && length === 3) return { kind: 'windowScale', shift: data[0] };
  if (code === TcpOptionKind.sackPermitted && length === 2) return { kind: 'sackPermitted' };
  if (code === TcpOptionKind.timestamps && length === 10) {
    return { kind: 'timestamps', value: readUint32(data, 0), echoReply: readUint32(data, 4) };
  }
  if (code === TcpOptionKind.sack && data.length > 0 && data.length % 8 === 0) {
    const blocks: SackBlock[] = [];
    for (let at = 0; at < data.length; at += 8) {
      blocks.push({ left: readUint32(data, at), right: readUint32(data, at + 4) });
    }
    return { kind: 'sack', blocks };
  }
  return { kind: 'other', code, data };
}

/** Bytes of the options, padded to whole words. */
export function tcpOptionsLength(options: readonly TcpOption[]): number {
  let length = 0;
  for (const option of options) length += optionLength(option);
  return (length + 3) & ~3;
}

function optionLength(option: TcpOption): number {
  switch (option.kind) {
    case 'noOperation':
      return 1;
    case 'maximumSegmentSize':
      return 4;
    case 'windowScale':
      return 3;
    case 'sackPermitted':
      return 2;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'timestamps':
      return 10;
    case 'other':
      return 2 + option.data.length;
  }
}

/** Writes options, padded with end-of-list to whole words, and returns their length. */
export function emitTcpOptions(bytes: Uint8Array, offset: number, options: readonly TcpOption[]): number {
  const end = offset + tcpOptionsLength(options);
  let at = offset;
  for (const option of options) {
    const length = optionLength(option);
    bytes[at] = option.kind === 'other' ? option.code : TcpOptionKind[option.kind];
    if (length > 1) bytes[at + 1] = length;
    emitOptionData(bytes, at + 2, option);
    at += length;
  }
  bytes.fill(TcpOptionKind.endOfList, at, end);
  return end - offset;
}

function emitOptionData(bytes: Uint8Array, offset: number, option: TcpOption): void {
  switch (option.kind) {
    case 'maximumSegmentSize':
      writeUint16(bytes, offset, option.size);
      break;
    case 'windowScale':
      bytes[offset] = option.shift;
      break;
    case 'sack':
      option.blocks.forEach((block, index) => {
        writeUint32(bytes, offset + 8 * index, block.left);
        writeUint32(bytes, offset + 8 * index + 4, block.right);
      });
      break;
    case 'timestamps':
      writeUint32(bytes, offset, option.value);
      writeUint32(bytes, offset + 4, option.echoReply);
      break;
    case 'other':
      bytes.set(option.data, offset);
      break;
    case 'noOperation':
    case 'sackPermitted':
      break;
  }
}

/** An option list as tcpdump prints it between brackets. */
export function printTcpOptions(options: readonly TcpOption[]): string {
  return options.map(printOption).join(',');
}

function printOption(option: TcpOption): string {
  switch (option.kind) {
    case 'noOperation':
      return 'nop';
    case 'maximumSegmentSize':
      return `mss ${option.size}`;
    case 'windowScale':
      return `wscale ${option.shift}`;
    case 'sackPermitted':
      return 'sackOK';
    case 'sack':
      return `sack ${option.blocks.length} ${option.blocks.map(printSackBlock).join('')}`;
    case 'timestamps':
      return `TS val ${option.value} ecr ${option.echoReply}`;
    case 'other':
      return `unknown-${option.code} 0x${[...option.data].map(printOctet).join('')}`;
  }
}

function printSackBlock(block: SackBlock): string {
  return `{${block.left}:${block.right}}`;
}

function printOctet(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}
