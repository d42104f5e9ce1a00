import type { Distribution } from './netem-spec.ts';

/** Tables hold standard deviations times this (NETEM_DIST_SCALE). */
export const SCALE = 8192;
const SIZE = 4096;
/** Tables are of 16-bit numbers. */
const LEAST = -32768;
const MOST = 32767;
/** Shape of the Pareto distribution. */
const SHAPE = 3;

const tables = new Map<Distribution, Int16Array>();

/**
 * A table of delays, the inverse of their distribution function at equal steps, in standard deviations times `SCALE`:
 * by the formulas by which iproute2 makes its files (netem/normal.c, pareto.c, paretonormal.c). Null for uniform.
 */
export function delayTable(distribution: Distribution): Int16Array | null {
  if (distribution === 'uniform') return null;
  let table = tables.get(distribution);
  if (table === undefined) {
    table = makeTable(distribution);
    tables.set(distribution, table);
  }
  return table;
}

function makeTable(distribution: 'normal' | 'pareto' | 'paretonormal'): Int16Array {
  if (distribution === 'pareto') return Int16Array.from({ length: SIZE }, (_, i) => paretoAt(i));
  const normal = normalQuantiles().map((quantile) => roundHalfEven(quantile * SCALE));
  const value = (i: number) =>
    distribution === 'normal' ? normal[i] : Math.trunc((normal[i] + 3 * paretoAt(i)) / 4);
  return Int16Array.from({ length: SIZE }, (_, i) => Math.min(MOST, Math.max(LEAST, value(i))));
}

/** Pareto's quantile, moved to mean 0 and scaled: (p^(-1/3) - 3/2) * 4/3. */
function paretoAt(i: number): number {
  const quantile = (1 - i / SIZE) ** (-1 / SHAPE);
  return Math.min(MOST, roundHalfEven((quantile - 1.5) * (4 / 3) * SCALE));
}

/**
 * Quantiles of the normal distribution: of all points in steps of 0.00005 the last whose probability rounds to the
 * one wanted.
 */
function normalQuantiles(): Float64Array {
  const fine = 4 * SIZE;
  const quantiles = new Float64Array(fine + 1);
  for (let x = -10; x < 10.05; x += 0.00005) quantiles[roundHalfEven(fine * normalProbability(x))] = x;
  return Float64Array.from({ length: SIZE }, (_, i) => quantiles[4 * i]);
}

function normalProbability(x: number): number {
  return 0.5 + 0.5 * errorFunction(x / Math.SQRT2);
}

/** The error function to about 1e-15: its series near 0, a continued fraction further out. */
function errorFunction(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z > 2.5) return Math.sign(x) * (1 - complementByFraction(z));
  let term = z;
  let sum = z;
  for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
}

/** 1 - erf(z) = exp(-z^2) / (sqrt(pi) (z + (1/2)/(z + 1/(z + (3/2)/(z + ...))))) */
function complementByFraction(z: number): number {
  let fraction = z;
  for (let n = 60; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
}

/** As rint(3) rounds. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
