import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { delayTable } from '../../../models/queueing/delay-distribution.ts';

/** Where Debian's iproute2 has its tables. */
const FOLDER = '/usr/lib/x86_64-linux-gnu/tc';

/** The first and the last values of iproute2's tables. */
const KNOWN = {
  normal: { first: [-32768, -28307, -26871, -25967], last: [25450, 26164, 27159, 28858] },
  pareto: { first: [-5461, -5460, -5460, -5459], last: [32767, 32767, 32767, 32767] },
  paretonormal: { first: [-12305, -11171, -10812, -10586], last: null },
} as const;

describe.each(['normal', 'pareto', 'paretonormal'] as const)('the table of the %s distribution', (name) => {
  const table = [...delayTable(name)!];

  it('is the one that iproute2 makes', () => {
    expect(table.slice(0, 4)).toEqual(KNOWN[name].first);
    if (KNOWN[name].last !== null) expect(table.slice(-4)).toEqual(KNOWN[name].last);
  });

  it.skipIf(!existsSync(FOLDER))(`agrees with ${FOLDER}/${name}.dist, skipped where that is missing`, () => {
    const lines = readFileSync(`${FOLDER}/${name}.dist`, 'utf8').split('\n');
    const numbers = lines
      .filter((line) => !line.startsWith('#'))
      .flatMap((line) => line.match(/-?\d+/g) ?? []);
    expect(table).toEqual(numbers.map(Number));
  });

  it('has a mean of about 0 and deviations of about 1', () => {
    const mean = table.reduce((sum, value) => sum + value, 0) / table.length / 8192;
    const square = table.reduce((sum, value) => sum + (value / 8192) ** 2, 0) / table.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    // the tail of the Pareto distribution is cut off
    expect(Math.sqrt(square - mean ** 2)).toBeGreaterThan(name === 'normal' ? 0.98 : 0.7);
    expect(Math.sqrt(square - mean ** 2)).toBeLessThan(1.15);
  });
});
