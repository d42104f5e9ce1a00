import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { FramePrints, momentOf } from '../../engine/frame-prints.ts';

type Frame = [linkId: number, content: number, time: number];

const frame = fc.tuple(fc.nat({ max: 1e6 }), fc.integer(), fc.maxSafeInteger().map(Math.abs));

function printsOf(frames: Frame[]): FramePrints {
  const prints = new FramePrints();
  for (const [linkId, content, time] of frames) prints.add(linkId, content, momentOf({ now: time }));
  return prints;
}

const printOf = (frames: Frame[]) => printsOf(frames).timed;

describe('prints of frames', () => {
  it('are 16 hexadecimal digits', () => {
    expect(new FramePrints().packets).toBe('0000000000000000');
    expect(new FramePrints().timed).toBe('0000000000000000');
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

  it('keeps apart frames that differ a little in every number', () => {
    const prints = new Set<string>();
    for (let a = 0; a < 60; a++) {
      for (let b = 0; b < 60; b++) {
        for (let c = 0; c < 60; c++) {
          prints.add(printOf([[a, b << 12, c * 1000]]));
        }
      }
    }
    expect(prints.size).toBe(60 ** 3);
  });

  it.each(['packets', 'timed'] as const)(
    '%s flips about half of its bits for one flipped bit of any input',
    (print) => {
      const flips: number[] = [];
      const inputs = print === 'packets' ? 2 : 3;
      for (let input = 0; input < inputs; input++) {
        for (let bit = 0; bit < 32; bit++) flips.push(meanFlips(print, input, bit));
      }
      // A fair coin for each of 64 bits, 256 times over: 32 on average, with a standard error of 0.25.
      for (const flipped of flips) expect(Math.abs(flipped - 32)).toBeLessThan(1.5);
    },
  );

  it('are without times the same at any time, and with every bit of link and content others', () => {
    const print = printsOf([[3, 77, 5]]).packets;
    expect(printsOf([[3, 77, 6_000_000_000]]).packets).toBe(print);
    for (let bit = 0; bit < 32; bit++) {
      expect(printsOf([[3 ^ (1 << bit), 77, 5]]).packets).not.toBe(print);
      expect(printsOf([[3, 77 ^ (1 << bit), 5]]).packets).not.toBe(print);
    }
  });

  it('stays the same from one version to the next', () => {
    expect(printOf([[7, 0x12345678, 5_000_000_123]])).toMatchInlineSnapshot(`"ea556f077e9135ba"`);
  });
});

/** Bits of the print that change with one bit of one of its inputs, on average over 256 inputs. */
function meanFlips(print: 'packets' | 'timed', input: number, bit: number): number {
  let total = 0;
  for (let i = 0; i < 256; i++) {
    const inputs: Frame = [i, i * 3, i * 1000];
    const before = BigInt(`0x${printsOf([inputs])[print]}`);
    // of the time only the low word: of the high one not all bits exist
    inputs[input] = (inputs[input] ^ (1 << bit)) >>> 0;
    const difference = before ^ BigInt(`0x${printsOf([inputs])[print]}`);
    total += difference.toString(2).replaceAll('0', '').length;
  }
  return total / 256;
}
