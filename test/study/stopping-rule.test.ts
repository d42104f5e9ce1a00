import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { isPrecise, runsWanted } from '../../study/stopping-rule.ts';
import { loadValid, STUDY } from './study-file.ts';

const { study: counted } = loadValid(STUDY);
const { study } = loadValid(
  STUDY.replace(
    'replications: 3',
    'replications: { min: 4, max: 20 }\nprecision: { relative: 10%, of: [load.loss] }',
  ),
);
const runs = (...values: (number | null)[]) => values.map((value) => ({ 'load.loss': value }));

describe('how many runs a point is to have', () => {
  it('is what the study says, without a precision', () => {
    expect(runsWanted(counted, runs())).toBe(3);
    expect(runsWanted(counted, runs(1, 2, 3))).toBe(3);
    expect(isPrecise(counted, runs(1, 2, 3))).toBeNull();
  });

  it('is the least first, and that many if they agree', () => {
    expect(runsWanted(study, runs())).toBe(4);
    expect(runsWanted(study, runs(1, 9))).toBe(4);
    expect(runsWanted(study, runs(5, 5, 5, 5))).toBe(4);
    expect(runsWanted(study, runs(0, 0, 0, 0))).toBe(4);
  });

  it('is projected from the interval, and at most doubled at once', () => {
    // half width 3.182 * 0.1 / 2 of 1: 15.9 %, so that (15.9 / 10)^2 * 4 = 10.1 would be enough; 8 are tried
    const four = runs(0.9134, 1.0866, 0.9134, 1.0866);
    expect(isPrecise(study, four)).toBe(false);
    expect(runsWanted(study, four)).toBe(8);
    // 11 %: five will do
    expect(runsWanted(study, runs(0.9402, 1.0598, 0.9402, 1.0598))).toBe(5);
  });

  it('is never more than the most', () => {
    const wild = runs(...Array.from({ length: 15 }, (_, index) => (index % 2) * 100));
    expect(runsWanted(study, wild)).toBe(20);
    expect(runsWanted(study, [...wild, ...wild.slice(0, 5)])).toBe(20);
  });

  it('is the most where the figure is not measured at all', () => {
    expect(runsWanted(study, runs(null, null, null, null))).toBe(8);
    expect(isPrecise(study, runs(null, null, null, null))).toBe(false);
  });

  property.prop([fc.array(fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true })), { maxLength: 20 })])(
    'lies between the least and the most, and grows until the point is done',
    (values) => {
      const wanted = runsWanted(study, runs(...values));
      expect(wanted).toBeGreaterThanOrEqual(Math.max(4, values.length));
      expect(wanted).toBeLessThanOrEqual(20);
      const done = wanted === values.length;
      expect(done).toBe(
        values.length >= 4 && (values.length === 20 || isPrecise(study, runs(...values)) === true),
      );
    },
  );
});
