import { describe, expect, it } from 'vitest';
import { mser5 } from '../../../study/statistics/mser5.ts';

/** Five observations with the mean given. */
const batch = (mean: number) => [mean - 2, mean + 2, mean, mean - 1, mean + 1];

describe('MSER-5', () => {
  /*
   * Batch means 20, 12, 6, 5, 4, 6, 5, 4, 5, 5 (m = 10). Cutting off d of them leaves:
   *   d = 0  squares 748 - 72^2 / 10 = 229.600   / 10^2 = 2.2960
   *   d = 1          348 - 52^2 /  9 =  47.556   /  9^2 = 0.5871
   *   d = 2          204 - 40^2 /  8 =   4.000   /  8^2 = 0.0625
   *   d = 3          168 - 34^2 /  7 =   2.857   /  7^2 = 0.0583
   *   d = 4          143 - 29^2 /  6 =   2.833   /  6^2 = 0.0787
   *   d = 5          127 - 25^2 /  5 =   2.000   /  5^2 = 0.0800
   */
  it('cuts off where a worked example does', () => {
    const means = [20, 12, 6, 5, 4, 6, 5, 4, 5, 5];
    expect(mser5(means.flatMap(batch))).toEqual({ observations: 15, settled: true });
  });

  it('keeps everything where nothing changes', () => {
    expect(mser5(Array(50).fill(7))).toEqual({ observations: 0, settled: true });
  });

  it('leaves what makes no whole batch alone', () => {
    const means = [20, 12, 6, 5, 4, 6, 5, 4, 5, 5];
    expect(mser5([...means.flatMap(batch), 900, 900])).toEqual({ observations: 15, settled: true });
  });

  it('says when the change goes on beyond the middle', () => {
    const ramp = Array.from({ length: 100 }, (_, index) => index);
    expect(mser5(ramp)).toEqual({ observations: 50, settled: false });
  });

  it('says nothing of too few observations', () => {
    expect(mser5([9, 1, 1, 1, 1, 1])).toEqual({ observations: 0, settled: false });
  });
});
