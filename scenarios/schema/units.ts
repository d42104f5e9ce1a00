import { z } from 'zod';
import {
  printInLargestUnit,
  type Quantity,
  scaleToInteger,
  shiftDecimalPoint,
  splitQuantity,
} from './quantity.ts';
import { Malformed, notA, textValue } from './text-value.ts';

type Units = readonly (readonly [unit: string, factor: number])[];

const durationUnits: Units = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
];
const rateUnits: Units = [
  ['Tbit', 1e12],
  ['Gbit', 1e9],
  ['Mbit', 1e6],
  ['kbit', 1e3],
  ['bit', 1],
];
const sizeUnits: Units = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1],
];

/** Units that are read but not printed, and wrong ones with the unit they stand for most likely. */
const durationAliases = new Map([
  ['µs', 'us'],
  ['μs', 'us'],
]);
const durationMistakes = new Map([
  ['sec', 's'],
  ['secs', 's'],
  ['second', 's'],
  ['seconds', 's'],
  ['msec', 'ms'],
  ['usec', 'us'],
  ['nsec', 'ns'],
  ['S', 's'],
  ['m', 'min'],
  ['mins', 'min'],
]);
const rateMistakes = new Map([
  ['kbps', 'kbit'],
  ['Kbps', 'kbit'],
  ['Mbps', 'Mbit'],
  ['Gbps', 'Gbit'],
  ['M', 'Mbit'],
  ['G', 'Gbit'],
  ['Kb', 'kbit'],
  ['Mb', 'Mbit'],
  ['Gb', 'Gbit'],
  ['bps', 'bit'],
  ['Gbits', 'Gbit'],
  ['Mbits', 'Mbit'],
]);
const sizeMistakes = new Map([
  ['b', 'B'],
  ['K', 'KiB'],
  ['k', 'kB'],
  ['M', 'MiB'],
  ['Kib', 'KiB'],
  ['kib', 'KiB'],
  ['KIB', 'KiB'],
  ['mib', 'MiB'],
]);

/** Reads a quantity whose unit `factors` knows, as an integer of the base unit. */
function parseInteger(
  text: string,
  what: string,
  base: string,
  factorOf: (unit: string) => number | undefined,
  mistakes: ReadonlyMap<string, string>,
): number | Malformed {
  const quantity = splitQuantity(text);
  if (quantity === undefined) return notA(what, text);
  if (quantity.unit === '') return new Malformed(`${quantity.number} has no unit`);
  const factor = factorOf(quantity.unit);
  if (factor === undefined) return unknownUnit(text, quantity, what, mistakes);
  const value = scaleToInteger(quantity.number, BigInt(factor));
  if (value !== undefined) return value;
  const tooLarge = Number(quantity.number) * factor > Number.MAX_SAFE_INTEGER;
  if (tooLarge) return new Malformed(`"${text}" is too large`, { expected: `at most 2^53 - 1 ${base}` });
  return new Malformed(`"${text}" is not a whole number of ${base}`);
}

function unknownUnit(
  text: string,
  quantity: Quantity,
  what: string,
  mistakes: ReadonlyMap<string, string>,
): Malformed {
  const meant = mistakes.get(quantity.unit);
  return notA(what, text, meant && quantity.number + meant);
}

/** Nanoseconds of `5us`, `1.5ms`, `10s`, `2min`, `1h`. */
export function parseDuration(text: string): number | Malformed {
  const factorOf = (unit: string) => {
    if (unit === 'min') return 60e9;
    if (unit === 'h') return 3600e9;
    const name = durationAliases.get(unit) ?? unit;
    return durationUnits.find(([known]) => known === name)?.[1];
  };
  return parseInteger(text, 'a duration', 'nanoseconds', factorOf, durationMistakes);
}

export function printDuration(nanoseconds: number): string {
  return nanoseconds === 0 ? '0s' : printInLargestUnit(nanoseconds, durationUnits);
}

/** Bits per second of `10Gbit`, `200 kbit`, `1.5Mbit/s`. Prefixes are decimal, as those of tc(8) are. */
export function parseRate(text: string): number | Malformed {
  const factorOf = (unit: string) => {
    const name = unit.toLowerCase().replace(/\/s$/, '');
    return rateUnits.find(([known]) => known.toLowerCase() === name)?.[1];
  };
  return parseInteger(text, 'a rate', 'bit/s', factorOf, rateMistakes);
}

export const printRate = (bitsPerSecond: number) => printInLargestUnit(bitsPerSecond, rateUnits);

/** Bytes of `1200B`, `1500 bytes`, `64 KiB`, `1 MB` (decimal) or `1 MiB` (binary). */
export function parseSize(text: string): number | Malformed {
  const factorOf = (unit: string) => {
    if (unit === 'byte' || unit === 'bytes') return 1;
    const decimal = { kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 }[unit];
    return decimal ?? sizeUnits.find(([known]) => known === unit)?.[1];
  };
  return parseInteger(text, 'a size', 'bytes', factorOf, sizeMistakes);
}

export const printSize = (bytes: number) => printInLargestUnit(bytes, sizeUnits);

/** The fraction of `0.1%`: 0.001. From 0% to 100%. */
export function parsePercent(text: string): number | Malformed {
  const quantity = splitQuantity(text);
  if (quantity === undefined) return notA('a percentage', text);
  if (quantity.unit === '') return new Malformed(`${quantity.number} has no unit`);
  if (quantity.unit !== '%') return notA('a percentage', text);
  const fraction = Number(shiftDecimalPoint(quantity.number, -2));
  return fraction <= 1 ? fraction : new Malformed(`${text} is more than 100%`);
}

export const printPercent = (fraction: number) => `${shiftDecimalPoint(String(fraction), 2)}%`;

/** A span of time. Integer nanoseconds in the scenario. */
export const duration = textValue<number>({
  id: 'Duration',
  type: 'number',
  expected: 'a duration such as 5us, 1.5ms, 10s',
  pattern: '^\\d+(\\.\\d+)?\\s*(ns|us|µs|ms|s|min|h)$',
  unit: true,
  parse: parseDuration,
  print: printDuration,
});

/** A duration longer than nothing. */
export const positiveDuration = textValue<number>({
  id: 'PositiveDuration',
  type: 'number',
  expected: 'a duration above zero such as 5us, 1.5ms, 10s',
  pattern: '^\\d+(\\.\\d+)?\\s*(ns|us|µs|ms|s|min|h)$',
  unit: true,
  parse: (text) => refuseZero(parseDuration(text)),
  print: printDuration,
});

/** Bits per second. */
export const rate = textValue<number>({
  id: 'Rate',
  type: 'number',
  expected: 'a rate such as 10Gbit, 1Mbit, 200kbit',
  pattern: '^\\d+(\\.\\d+)?\\s*[kKMGT]?bit(/s)?$',
  unit: true,
  parse: (text) => refuseZero(parseRate(text)),
  print: printRate,
});

/** Bytes. */
export const size = textValue<number>({
  id: 'Size',
  type: 'number',
  expected: 'a size such as 1200B, 1500 bytes, 64 KiB',
  pattern: '^\\d+(\\.\\d+)?\\s*(B|bytes?|kB|KB|MB|GB|KiB|MiB|GiB)$',
  unit: true,
  parse: parseSize,
  print: printSize,
});

/** A probability as a fraction from 0 to 1. */
export const percent = textValue<number>({
  id: 'Percent',
  type: 'number',
  expected: 'a percentage from 0% to 100% such as 0.1%',
  pattern: '^\\d+(\\.\\d+)?\\s*%$',
  unit: true,
  parse: parsePercent,
  print: printPercent,
});

function refuseZero(value: number | Malformed): number | Malformed {
  return value === 0 ? new Malformed('it must be above zero') : value;
}

/** A whole number of things, written bare. */
export function count(minimum: number, maximum: number) {
  return z.int().min(minimum).max(maximum);
}
