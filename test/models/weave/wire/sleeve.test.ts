import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  emitSleeveFrame,
  emitSleeveSender,
  parseSleeveFrame,
  parseSleeveSender,
  printSleeveFrame,
  SLEEVE_FRAME_HEADER_LENGTH,
} from '../../../../models/weave/wire/sleeve.ts';
import { isParseError } from '../../../../models/wire/parse-error.ts';

const name = fc.maxSafeNat().map((number) => number % 2 ** 48);

/** The first datagram of a recorded run: an ARP request of 42 bytes from peer 1 for peer 2. */
const RECORDED = Uint8Array.from([
  0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02, 0x00, 0x2a,
]);

describe('the header of sleeve', () => {
  it('is read as it was recorded', () => {
    const bytes = new Uint8Array(RECORDED.length + 42);
    bytes.set(RECORDED);
    expect(parseSleeveSender(bytes, 0, bytes.length)).toBe(0x020000000001);
    const header = parseSleeveFrame(bytes, 6, bytes.length);
    expect(header).toEqual({ source: 0x020000000001, destination: 0x020000000002, length: 42 });
  });

  it('is written as it was recorded', () => {
    const bytes = new Uint8Array(RECORDED.length);
    const start = emitSleeveSender(bytes, 0, 0x020000000001);
    emitSleeveFrame(bytes, start, { source: 0x020000000001, destination: 0x020000000002, length: 42 });
    expect(bytes).toEqual(RECORDED);
  });

  it('is refused when it is not all there, or the frame is not', () => {
    const [sender, header] = [parseSleeveSender(RECORDED, 0, 5), parseSleeveFrame(RECORDED, 6, 19)];
    expect(isParseError(sender) && sender.reason).toBe('truncated');
    expect(isParseError(header) && header.reason).toBe('truncated');
    const frame = parseSleeveFrame(RECORDED, 6, RECORDED.length);
    expect(isParseError(frame) && frame.reason).toBe('bad_length');
  });

  it('is printed with the names of the peers', () => {
    const text = printSleeveFrame({ source: 0x020000000001, destination: 0x02aabbccddee, length: 98 });
    expect(text).toBe('sleeve 02:00:00:00:00:01 > 02:aa:bb:cc:dd:ee, frame 98');
  });

  test.prop({ source: name, destination: name, length: fc.nat(300), offset: fc.nat(20) })(
    'is read as it was written',
    ({ source, destination, length, offset }) => {
      const bytes = new Uint8Array(offset + SLEEVE_FRAME_HEADER_LENGTH + length);
      expect(emitSleeveFrame(bytes, offset, { source, destination, length })).toBe(
        SLEEVE_FRAME_HEADER_LENGTH,
      );
      expect(parseSleeveFrame(bytes, offset, bytes.length)).toEqual({ source, destination, length });
    },
  );
});
