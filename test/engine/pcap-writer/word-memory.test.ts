import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { WordMemory } from '../../../engine/pcap-writer/word-memory.ts';

const SIZE = 65_536;

describe('memory within which pieces are copied', () => {
  test.prop([
    fc.nat({ max: SIZE / 2 - 300 }),
    fc.nat({ max: SIZE / 2 - 300 }),
    fc.integer({ min: 1, max: 200 }),
  ])('copies what is asked for, and up to seven bytes behind it', (to, from, bytes) => {
    const memory = WordMemory.create(SIZE)!;
    const all = new Uint8Array(memory.buffer).map((_, i) => (i * 167) >>> 3);
    new Uint8Array(memory.buffer).set(all);
    const source = SIZE / 2 + from;
    memory.copy(to, source, bytes);
    const copied = (bytes + 7) & ~7;
    all.copyWithin(to, source, source + copied);
    expect(Buffer.compare(Buffer.from(memory.buffer), Buffer.from(all))).toBe(0);
  });

  it('does not copy what is outside', () => {
    const memory = WordMemory.create(SIZE)!;
    expect(() => memory.copy(SIZE - 8, 0, 16)).toThrow(WebAssembly.RuntimeError);
  });

  it('is not there when there are no addresses for it', () => {
    expect(WordMemory.create(2 ** 40)).toBeNull();
  });
});
