import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Fingerprint } from '../../engine/fingerprint.ts';

type Frame = [linkId: number, content: number, time: number];

const frame = fc.tuple(fc.nat({ max: 1e6 }), fc.integer(), fc.maxSafeInteger().map(Math.abs));

function printOf(frames: Frame[]): string {
  const print = new Fingerprint();
  for (const [linkId, content, time] of frames) print.addTimedFrame(linkId, content, { now: time });
  return print.value;
}

describe('Fingerprint', () => {
  it('is 16 hexadecimal digits', () => {
    expect(new Fingerprint().value).toBe('0000000000000000');
    expect(printOf([[1, 2, 3]])).toMatch(/^[0-9a-f]{16}$/);
  });

  test.prop([
    fc
      .array(frame, { maxLength: 50 })
      .chain((frames) =>
        fc.tuple(fc.constant(frames), fc.shuffledSubarray(frames, { minLength: frames.length })),
      ),
  ])('does not depend on the order', ([frames, shuffled]) => {
    expect(printOf(shuffled)).toBe(printOf(frames));
  });

  test.prop([fc.array(frame, { maxLength: 10 }), frame, fc.nat({ max: 31 })])(
    'changes with every bit of the link, the content and the time',
    (frames, [linkId, content, time], bit) => {
      const print = printOf([...frames, [linkId, content, time]]);
      const flipped = time % 2 ** 32 >= 2 ** 31 ? time - 2 ** 31 : time + 2 ** 31;
      const changed: Frame[] = [
        [linkId ^ (1 << bit), content, time],
        [linkId, content ^ (1 << bit), time],
        [linkId, content, time ^ 1],
        [linkId, content, flipped],
        [linkId, content, time >= 2 ** 52 ? time - 2 ** 52 : time + 2 ** 52],
      ];
      for (const other of changed) expect(printOf([...frames, other])).not.toBe(print);
      expect(printOf(frames)).not.toBe(print);
      expect(printOf([...frames, [linkId, content, time], [linkId, content, time]])).not.toBe(print);
    },
  );

  it('tells which frame was where and when, not just that each was somewhere sometime', () => {
    const prints = [
      printOf([
        [1, 10, 100],
        [2, 20, 200],
      ]),
      printOf([
        [1, 20, 100],
        [2, 10, 200],
      ]),
      printOf([
        [1, 10, 200],
        [2, 20, 100],
      ]),
      printOf([
        [2, 10, 100],
        [1, 20, 200],
      ]),
    ];
    expect(new Set(prints).size).toBe(4);
  });

  it('keeps apart happenings that differ a little in every number', () => {
    const prints = new Set<string>();
    for (let a = 0; a < 60; a++) {
      for (let b = 0; b < 60; b++) {
        for (let c = 0; c < 60; c++) {
          const print = new Fingerprint();
          print.add(a, b << 12, c * 1000);
          prints.add(print.value);
        }
      }
    }
    expect(prints.size).toBe(60 ** 3);
  });

  it('flips about half of its bits for one flipped bit of any input', () => {
    const flips: number[] = [];
    for (let input = 0; input < 3; input++) {
      for (let bit = 0; bit < 32; bit++) flips.push(meanFlips(input, bit));
    }
    // A fair coin for each of 64 bits, 256 times over: 32 on average, with a standard error of 0.25.
    for (const flipped of flips) expect(Math.abs(flipped - 32)).toBeLessThan(1.5);
  });

  it('prints frames without times the same at any time, and not as at time 0', () => {
    const print = new Fingerprint();
    print.addFrame(3, 77);
    const again = new Fingerprint();
    again.addFrame(3, 77);
    expect(again.value).toBe(print.value);
    again.addFrame(3, 78);
    expect(again.value).not.toBe(print.value);
  });

  it('stays the same from one version to the next', () => {
    expect(printOf([[7, 0x12345678, 5_000_000_123]])).toMatchInlineSnapshot(`"4ee94bac0b2b2d9d"`);
  });
});

/** Bits of the print that change with one bit of one of its inputs, on average over 256 inputs. */
function meanFlips(input: number, bit: number): number {
  let total = 0;
  for (let i = 0; i < 256; i++) {
    const inputs = [i, i * 3, i * 1000];
    const before = new Fingerprint();
    before.add(inputs[0], inputs[1], inputs[2]);
    inputs[input] ^= 1 << bit;
    const after = new Fingerprint();
    after.add(inputs[0], inputs[1], inputs[2]);
    const difference = BigInt(`0x${before.value}`) ^ BigInt(`0x${after.value}`);
    total += difference.toString(2).replaceAll('0', '').length;
  }
  return total / 256;
}
