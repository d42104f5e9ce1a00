import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { readUint32, writeUint16, writeUint32 } from '../../../models/wire/big-endian.ts';
import {
  checksumSum,
  internetChecksum,
  pseudoHeaderSum,
  updateChecksum,
  updateChecksum32,
} from '../../../models/wire/internet-checksum.ts';
import { ipv4Address, uint16, uint32 } from './arbitraries.ts';
import { bytesOf, UDP_DATAGRAM } from './literal-frames.ts';

/** Straight from RFC 1071, 1: add words, then add the carries back in. */
function referenceChecksum(bytes: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < bytes.length; i += 2) sum += BigInt(bytes[i] * 256 + (bytes[i + 1] ?? 0));
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return 0xffff - Number(sum);
}

describe('internetChecksum', () => {
  it('sums the example of RFC 1071, section 3', () => {
    const bytes = bytesOf('0001f203f4f5f6f7');
    expect(checksumSum(bytes, 0, bytes.length)).toBe(0xddf2);
    expect(internetChecksum(bytes, 0, bytes.length)).toBe(~0xddf2 & 0xffff);
  });

  it('sums without overflow however many ones there are', () => {
    const bytes = new Uint8Array(200_001).fill(0xff);
    expect(internetChecksum(bytes, 0, bytes.length)).toBe(referenceChecksum(bytes));
  });

  it('is 0 over a real UDP datagram that holds its checksum, pseudo header included', () => {
    const sum = pseudoHeaderSum(0x0af40102, 0x0af40202, 17, 9);
    expect(internetChecksum(UDP_DATAGRAM, 34, 43, sum)).toBe(0);
  });

  test.prop([fc.uint8Array({ maxLength: 300 }), fc.nat(20)])('agrees with the RFC', (bytes, start) => {
    const from = Math.min(start, bytes.length);
    expect(internetChecksum(bytes, from, bytes.length)).toBe(referenceChecksum(bytes.slice(from)));
  });

  test.prop([fc.uint8Array({ maxLength: 300 }), fc.nat(100)])('may be summed in pieces', (bytes, words) => {
    const cut = Math.min(2 * words, bytes.length & ~1);
    const head = checksumSum(bytes, 0, cut);
    expect(internetChecksum(bytes, cut, bytes.length, head)).toBe(internetChecksum(bytes, 0, bytes.length));
  });

  test.prop([ipv4Address, ipv4Address, fc.integer({ min: 0, max: 255 }), uint16])(
    'takes the pseudo header as if it stood before the segment',
    (source, destination, protocol, length) => {
      const header = new Uint8Array(12);
      writeUint32(header, 0, source);
      writeUint32(header, 4, destination);
      header[9] = protocol;
      writeUint16(header, 10, length);
      const sum = pseudoHeaderSum(source, destination, protocol, length);
      expect(~sum & 0xffff).toBe(referenceChecksum(header));
    },
  );
});

describe('updateChecksum', () => {
  /** Packets with a word that is never zero, as the first of IPv4: an all-zero sum has two checksums. */
  const packet = fc.uint8Array({ minLength: 22, maxLength: 40 }).map((bytes) => {
    bytes[0] = 0x45;
    return bytes;
  });

  test.prop([packet, fc.integer({ min: 1, max: 10 }), uint16])(
    'gives the checksum of the changed packet',
    (bytes, word, value) => {
      const before = internetChecksum(bytes, 0, bytes.length);
      const old = (bytes[2 * word] << 8) | bytes[2 * word + 1];
      writeUint16(bytes, 2 * word, value);
      expect(updateChecksum(before, old, value)).toBe(internetChecksum(bytes, 0, bytes.length));
    },
  );

  test.prop([packet, fc.integer({ min: 1, max: 9 }), uint32])(
    'gives it for a changed address',
    (bytes, word, value) => {
      const before = internetChecksum(bytes, 0, bytes.length);
      const old = readUint32(bytes, 2 * word);
      writeUint32(bytes, 2 * word, value);
      expect(updateChecksum32(before, old, value)).toBe(internetChecksum(bytes, 0, bytes.length));
    },
  );

  test.prop([uint16, uint16, uint16])('takes a change back', (checksum, before, after) => {
    const changed = updateChecksum(checksum, before, after);
    const back = updateChecksum(changed, after, before);
    // 0 and 0xffff are the same number in one's complement.
    expect(back % 0xffff).toBe(checksum % 0xffff);
  });
});
