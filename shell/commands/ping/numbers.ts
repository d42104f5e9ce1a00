import { pingFailure } from './errors.ts';

/** The largest number of strtol(3), as it is printed. */
const LONG_MAX = '9223372036854775807';

/** `strtol_or_err` of iputils: a decimal number in a range, or the end with status 1. */
export function parseCount(text: string, minimum: number, maximum: number): number {
  if (!/^\s*[+-]?\d+$/.test(text)) throw pingFailure(`invalid argument: '${text}'`, 1);
  const value = Number(text);
  if (Math.abs(value) >= 2 ** 63) {
    throw pingFailure(`invalid argument: '${text}': Numerical result out of range`, 1);
  }
  if (value >= minimum && value <= maximum) return value;
  const most = maximum === Number.POSITIVE_INFINITY ? LONG_MAX : maximum;
  throw pingFailure(`invalid argument: '${text}': out of range: ${minimum} <= value <= ${most}`, 1);
}

/** `ping_strtod`: a number as of strtod(3); what follows it is complained of and passed over. */
export function parseSeconds(text: string, reason: string, warn: (text: string) => void): number {
  if (text === '') throw pingFailure(`${reason}: ${text}`);
  const [number = ''] = /^\s*[+-]?(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)/.exec(text) ?? [];
  if (number.length < text.length) {
    warn(`ping: option argument contains garbage: ${text.slice(number.length)}\n`);
    warn('ping: this will become fatal error in the future\n');
  }
  const sign = number.trim().startsWith('-') ? -1 : 1;
  return sign * Number(number.trim().replace(/^[+-]/, ''));
}

/** `parsetos`: decimal or hexadecimal, 0 to 255. */
export function parseTos(text: string): number {
  const digits = /^0[xX]([0-9a-fA-F]*)$/.exec(text)?.[1];
  if (digits === undefined && !/^\s*[+-]?\d*$/.test(text)) throw pingFailure(`bad TOS value: ${text}`);
  const value = digits === undefined ? Number(text) : Number.parseInt(digits || '0', 16);
  if (value > 255) {
    throw pingFailure(`the decimal value of TOS bits must be in range 0-255: ${value}`);
  }
  return value & 0xff;
}
