/** Numbers in the units that suit their size, three digits each, as tables show them. */

const durations: [string, number][] = [
  ['ns', 1],
  ['us', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
];
const decimals: [string, number][] = [
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
];

/** What is smaller is not written out: it is next to nothing in any of the units. */
const SMALLEST = 0.01;

/** Nanoseconds as `83.9 us`. */
export function formatDuration(nanoseconds: number): string {
  return scaled(nanoseconds, durations);
}

/** Bit/s as `12 Mbit/s`. */
export function formatRate(bitsPerSecond: number): string {
  return Number.isFinite(bitsPerSecond) ? `${prefixed(bitsPerSecond)}bit/s` : 'no limit';
}

/** Bytes as `1.56 MB` (decimal). */
export function formatBytes(bytes: number): string {
  return `${prefixed(bytes)}B`;
}

/** Anything per second as `1.2 M`, with a space and a prefix where one is due. */
export function formatApproximate(value: number): string {
  return prefixed(value).trimEnd();
}

/** A count with its digits in threes: `12,345`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 error`, `12,345 errors`. */
export function countOf(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** A fraction as `2.5%`; what is there but small is never shown as nothing, nor almost all as all. */
export function formatPercent(fraction: number): string {
  if (fraction > 0 && fraction < 0.0001) return '<0.01%';
  if (fraction < 1 && fraction > 0.9999) return '>99.99%';
  return `${trimZeros((fraction * 100).toFixed(2))}%`;
}

/** Simulated time as an exact text in seconds: `1.000060256 s`. */
export function formatClock(nanoseconds: number): string {
  const seconds = Math.floor(nanoseconds / 1e9);
  return `${seconds}.${String(nanoseconds - seconds * 1e9).padStart(9, '0')}`;
}

/** The number, a space and the prefix: a unit is to follow. */
function prefixed(value: number): string {
  return scaled(value, decimals);
}

function scaled(value: number, units: [string, number][]): string {
  let place = units.length - 1;
  while (place > 0 && Math.abs(value) < units[place][1]) place--;
  let digits = threeDigits(value / units[place][1]);
  if (Math.abs(Number(digits)) >= 1000 && place < units.length - 1) {
    place++;
    digits = threeDigits(value / units[place][1]);
  }
  if (value !== 0 && Math.abs(value) < SMALLEST) return `<${SMALLEST} ${units[0][0]}`;
  return value === 0 ? `0 ${units[place][0]}` : `${digits} ${units[place][0]}`;
}

function threeDigits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return trimZeros(value.toPrecision(3));
}

function trimZeros(text: string): string {
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}
