import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  ENDLESS,
  MESSAGE_HEADER_LENGTH,
  MessagePayload,
  parseMessage,
} from '../../../../models/traffic/tcp/message.ts';

const length = fc.integer({ min: MESSAGE_HEADER_LENGTH, max: ENDLESS });
const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const message = fc.record({ flow: number, number, length, answer: length });

describe('a message', () => {
  it('says in its first bytes what it is', () => {
    const bytes = new Uint8Array(24).fill(9);
    const payload = new MessagePayload({ flow: 7, number: 2, length: 0x123456789a, answer: 500 });
    payload.writeTo(bytes, 0, 0, 24);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '00000007' + '00000002' + '00123456789a' + '0000000001f4' + '00000000',
    );
  });

  test.prop([message])('is read as what it was written', (written) => {
    const bytes = new Uint8Array(MESSAGE_HEADER_LENGTH);
    new MessagePayload(written).writeTo(bytes, 0, 0, bytes.length);
    expect(parseMessage(bytes)).toEqual(written);
  });

  test.prop([message, fc.nat({ max: 30 }), fc.nat({ max: 30 })])(
    'has the same bytes whatever the pieces',
    (written, from, size) => {
      const payload = new MessagePayload(written);
      const whole = new Uint8Array(60);
      payload.writeTo(whole, 0, 0, 60);
      const piece = new Uint8Array(size + 2).fill(7);
      payload.writeTo(piece, 1, from, size);
      expect([...piece]).toEqual([7, ...whole.subarray(from, from + size), 7]);
    },
  );
});
