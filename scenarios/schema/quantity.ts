/** A decimal number with its unit, as text: `1.5ms`, `1200 B`. */
export interface Quantity {
  number: string;
  unit: string;
}

/** Splits `1.5 ms` into number and unit; undefined when it is not a plain decimal number before a unit. */
export function splitQuantity(text: string): Quantity | undefined {
  // 30 digits are more than any value needs and keep the exact arithmetic below cheap.
  const match = /^(\d{1,30}(?:\.\d{1,30})?)\s*(\D.*)?$/.exec(text);
  return match === null ? undefined : { number: match[1], unit: (match[2] ?? '').trim() };
}

/**
 * `number` times `factor` as an exact integer: 0.1 us is 100 ns, without the rounding of binary fractions.
 * Undefined when the product is no integer or above 2^53 - 1.
 */
export function scaleToInteger(number: string, factor: bigint): number | undefined {
  const [whole, fraction = ''] = number.split('.');
  const scaled = BigInt(whole + fraction) * factor;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) return undefined;
  const value = scaled / divisor;
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
}

/** Prints an integer in the largest of the units that divides it. `units` go from large to small. */
export function printInLargestUnit(value: number, units: readonly (readonly [string, number])[]): string {
  for (const [unit, factor] of units) {
    if (value % factor === 0 && (value !== 0 || factor === 1)) return `${value / factor}${unit}`;
  }
  throw new Error(`assertion failed: ${value} fits no unit`);
}

/** Moves the decimal point of a number's text by `places` to the right (negative: left), exactly. */
export function shiftDecimalPoint(number: string, places: number): string {
  const [mantissa, exponent = '0'] = number.toLowerCase().split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const point = whole.length + Number(exponent) + places;
  const digits = '0'.repeat(Math.max(-point, 0)) + whole + fraction + '0'.repeat(Math.max(point, 0));
  const at = Math.max(point, 0);
  const integer = digits.slice(0, at).replace(/^0+(?=\d)/, '') || '0';
  const rest = digits.slice(at).replace(/0+$/, '');
  return rest === '' ? integer : `${integer}.${rest}`;
}
