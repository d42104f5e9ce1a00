import type { Axis } from './chart.ts';

/** Round numbers from `low` to `high`, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function linearTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Powers of ten from `low` to `high`; over a short range their doubles and fives as well. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 1.7 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(Number(tick.toPrecision(12)));
    }
  }
  return ticks;
}

/**
 * Where an axis over these values begins and ends. Linear ones begin at zero, unless that would flatten
 * everything.
 */
export function rangeOf(values: readonly number[], { scale, ticks }: Axis): [low: number, high: number] {
  const there = scale === 'log' ? values.filter((value) => value > 0) : values;
  if (there.length === 0) return [scale === 'log' ? 1 : 0, scale === 'log' ? 10 : 1];
  const [least, most] = [Math.min(...there), Math.max(...there)];
  if (scale === 'log') return [least / 1.15, most * 1.15];
  if (ticks !== undefined) {
    const margin = most > least ? (most - least) * 0.04 : 1;
    return [least - margin, most + margin];
  }
  if (most === least) return most === 0 ? [0, 1] : [Math.min(0, most * 1.1), Math.max(0, most * 1.1)];
  const low = least < 0 || least > most * 0.8 ? least - (most - least) * 0.1 : 0;
  return [low, most + (most - low) * 0.05];
}
