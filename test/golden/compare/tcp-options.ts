import { readUint16, readUint32 } from './bytes.ts';
import type { FlowKey, TcpTracker } from './tcp-tracker.ts';

/** Option kinds of RFC 9293, RFC 7323 (window scale, time stamps) and RFC 2018 (SACK). */
const END = 0;
const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/**
 * The options as text, in their order, `-` for none: `mss=1460 sackok ts(ecr=zero) nop wscale=10`.
 * Sequence numbers are relative; of time stamps only what they echo is told.
 */
export function tcpOptionsText(
  tracker: TcpTracker,
  bytes: Uint8Array,
  flow: FlowKey,
  reverse: FlowKey,
  quoted: boolean,
): string {
  const texts: string[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const kind = bytes[offset];
    if (kind === END) {
      texts.push('eol');
      break;
    }
    if (kind === NOP) {
      texts.push('nop');
      offset++;
      continue;
    }
    const length = bytes[offset + 1];
    if (length === undefined || length < 2 || offset + length > bytes.length) {
      texts.push('malformed');
      break;
    }
    const value = bytes.subarray(offset + 2, offset + length);
    if (kind === TIMESTAMPS && value.length === 8) {
      if (!quoted) tracker.timestampSent(flow, readUint32(value, 0));
      texts.push(`ts(ecr=${tracker.echoOf(reverse, readUint32(value, 4))})`);
    } else {
      texts.push(optionText(tracker, kind, value, reverse));
    }
    offset += length;
  }
  return texts.join(' ') || '-';
}

function optionText(tracker: TcpTracker, kind: number, value: Uint8Array, reverse: FlowKey): string {
  if (kind === MSS && value.length === 2) return `mss=${readUint16(value, 0)}`;
  if (kind === WINDOW_SCALE && value.length === 1) return `wscale=${value[0]}`;
  if (kind === SACK_PERMITTED) return 'sackok';
  if (kind === SACK) return `sack=${sackBlocks(tracker, value, reverse)}`;
  return `opt${kind}=${Buffer.from(value).toString('hex')}`;
}

function sackBlocks(tracker: TcpTracker, value: Uint8Array, reverse: FlowKey): string {
  const blocks: string[] = [];
  for (let offset = 0; offset + 8 <= value.length; offset += 8) {
    const left = tracker.relative(reverse, readUint32(value, offset), 0);
    const right = tracker.relative(reverse, readUint32(value, offset + 4), 0);
    blocks.push(`${left}-${right}`);
  }
  return blocks.join(',');
}
