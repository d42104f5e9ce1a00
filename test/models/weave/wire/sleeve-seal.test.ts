import { fc, test } from '@fast-check/vitest';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from '../../../../models/weave/wire/replay-window.ts';
import {
  emitSealed,
  openSealed,
  parseSealHeader,
  SLEEVE_SEAL_LENGTH,
  type SleeveSeal,
} from '../../../../models/weave/wire/sleeve-seal.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const SEAL: SleeveSeal = { key: KEY, byOpener: true, df: true, sequence: 5 };

function sealed(seal: SleeveSeal, plain: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SLEEVE_SEAL_LENGTH + plain.length);
  expect(emitSealed(bytes, 0, seal, plain)).toBe(bytes.length);
  return bytes;
}

describe('an encrypted datagram', () => {
  it('shows path and sequence number in clear', () => {
    const bytes = sealed(SEAL, new Uint8Array(40));
    expect([...bytes.subarray(0, 8)]).toEqual([0x80, 0, 0, 0, 0, 0, 0, 5]);
    expect(parseSealHeader(bytes)).toEqual({ df: true, sequence: 5 });
  });

  it('has the nonce that the other end makes of them', () => {
    const plain = Uint8Array.from({ length: 100 }, (_, i) => 255 - i);
    const bytes = sealed(SEAL, plain);
    const nonce = new Uint8Array(24);
    nonce[0] = 0x80;
    nonce.set(bytes.subarray(0, 8), 16);
    expect(xsalsa20poly1305(KEY, nonce).decrypt(bytes.subarray(8))).toEqual(plain);
  });

  it('does not open for the wrong side, with another key or sequence number, or cut short', () => {
    const bytes = sealed(SEAL, new Uint8Array(40));
    expect(openSealed(bytes, { ...SEAL, byOpener: false })).toBeNull();
    expect(openSealed(bytes, { ...SEAL, key: new Uint8Array(32) })).toBeNull();
    expect(openSealed(bytes, { ...SEAL, sequence: 6 })).toBeNull();
    expect(openSealed(bytes, { ...SEAL, df: false })).toBeNull();
    expect(openSealed(bytes.subarray(0, 30), SEAL)).toBeNull();
    expect(openSealed(bytes.subarray(0, 10), SEAL)).toBeNull();
    expect(parseSealHeader(bytes.subarray(0, 7))).toBeNull();
  });

  const seal = fc.record({ df: fc.boolean(), byOpener: fc.boolean(), sequence: fc.maxSafeNat() });

  test.prop({ seal, plain: fc.uint8Array({ maxLength: 200 }), bit: fc.nat() })(
    'opens as it was sealed, and with no bit turned',
    ({ seal: { df, byOpener, sequence }, plain, bit }) => {
      const by = { key: KEY, df, byOpener, sequence };
      const bytes = sealed(by, plain);
      expect(parseSealHeader(bytes)).toEqual({ df, sequence });
      expect(openSealed(bytes, by)).toEqual(plain);
      const place = 8 + (bit % (bytes.length - 8));
      bytes[place] ^= 1 << (bit & 7);
      expect(openSealed(bytes, by)).toBeNull();
    },
  );
});

describe('the window of sequence numbers', () => {
  it('covers the last million and the one before', () => {
    const window = new ReplayWindow();
    const size = 2 ** 20;
    expect(window.admit(size - 1)).toBe(true);
    expect(window.admit(size)).toBe(true);
    expect(window.admit(0)).toBe(true);
    expect(window.admit(0)).toBe(false);
    expect(window.admit(2 * size)).toBe(true);
    expect(window.admit(size - 2)).toBe(false);
    expect(window.admit(size)).toBe(false);
    expect(window.admit(size + 1)).toBe(true);
    expect(window.admit(9 * size)).toBe(true);
    expect(window.admit(8 * size + 7)).toBe(true);
  });

  const near = fc.oneof(fc.nat(200), fc.nat(3 * 2 ** 20));

  test.prop({ numbers: fc.array(near, { maxLength: 200 }) })('admits none twice', ({ numbers }) => {
    const window = new ReplayWindow();
    const admitted = new Set<number>();
    let highest = 0;
    for (const number of numbers) {
      const isOld = Math.floor(number / 2 ** 20) < Math.floor(highest / 2 ** 20) - 1;
      expect(window.admit(number)).toBe(!isOld && !admitted.has(number));
      if (!isOld) admitted.add(number);
      highest = Math.max(highest, number);
    }
  });
});
