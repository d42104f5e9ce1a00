/** Numbers with units as tc(8) reads and prints them. */

/** Microseconds of a second. */
const SECOND = 1e6;

const RATES: Readonly<Record<string, number>> = scaled(
  { bit: 1 / 8, bps: 1 },
  { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, ki: 1024, mi: 1024 ** 2, gi: 1024 ** 3, ti: 1024 ** 4 },
);
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...scaled({ '': 1, b: 1 }, { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }),
  ...scaled({ bit: 1 / 8 }, { k: 1e3, m: 1e6, g: 1e9 }),
};
const TIMES: Readonly<Record<string, number>> = {
  '': 1,
  ...{ us: 1, usec: 1, usecs: 1, ms: 1e3, msec: 1e3, msecs: 1e3, s: SECOND, sec: SECOND, secs: SECOND },
};

function scaled(units: Record<string, number>, prefixes: Record<string, number>): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [prefix, factor] of Object.entries(prefixes)) {
    for (const [unit, value] of Object.entries(units)) all[prefix + unit] = factor * value;
  }
  return all;
}

/** Bytes per second; a bare number is bits per second. */
export function parseRate(text: string): number | undefined {
  const value = parseUnit(text, { ...RATES, '': 1 / 8 });
  return value === undefined || value < 1 ? undefined : Math.floor(value);
}

export function parseSize(text: string): number | undefined {
  const value = parseUnit(text, SIZES);
  return value === undefined ? undefined : Math.floor(value);
}

/** Microseconds, as a whole number where `whole` asks for it. */
export function parseTime(text: string): number | undefined {
  return parseUnit(text, TIMES);
}

/** A whole number that is not negative. */
export function parseUnsigned(text: string): number | undefined {
  const value = /^(0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : Number.NaN;
  return value < 2 ** 32 ? value : undefined;
}

export function parseSigned(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** A share from 0 to 1: `5%`, or `5` for the same. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)%?$/.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]) / 100;
  return value <= 1 ? value : undefined;
}

function parseUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)([a-zA-Z]*)$/.exec(text);
  const unit = match === null ? undefined : units[match[2].toLowerCase()];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

export function formatRate(bytesPerSecond: number): string {
  let rate = bytesPerSecond * 8;
  let unit = 0;
  while (unit < 4 && rate >= 1000 && (rate % 1000 === 0 || rate >= 1e6)) {
    rate = Math.floor(rate / 1000);
    unit++;
  }
  return `${rate}${['', 'K', 'M', 'G', 'T'][unit]}bit`;
}

export function formatSize(bytes: number): string {
  const mega = 1024 * 1024;
  if (bytes >= mega && Math.abs(mega * Math.round(bytes / mega) - bytes) < 1024) {
    return `${Math.round(bytes / mega)}Mb`;
  }
  if (bytes >= 1024 && Math.abs(1024 * Math.round(bytes / 1024) - bytes) < 16) {
    return `${Math.round(bytes / 1024)}Kb`;
  }
  return `${bytes}b`;
}

export function formatTime(microseconds: number): string {
  const three = (value: number) => String(Number(value.toPrecision(3)));
  const whole = Math.floor(microseconds);
  if (whole >= 1e6) return `${three(whole / 1e6)}s`;
  return whole >= 1e3 ? `${three(whole / 1e3)}ms` : `${whole}us`;
}

/** As printf's %g prints a number of six digits. */
export function formatShort(value: number): string {
  const [digits, exponent] = value.toExponential(5).split('e');
  if (Number(exponent) >= -5 && Number(exponent) < 6) return String(Number(value.toPrecision(6)));
  const mark = exponent.startsWith('-') ? '-' : '+';
  return `${Number(digits)}e${mark}${exponent.slice(1).padStart(2, '0')}`;
}
