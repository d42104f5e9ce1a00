import type { Ipv4Address } from '../models/wire/ipv4-address.ts';

/**
 * inet_aton(3): one to four numbers, decimal, octal (`0..`) or hexadecimal (`0x..`), of which the last fills the
 * bytes that are left; undefined for anything else.
 */
export function inetAton(text: string): Ipv4Address | undefined {
  const numbers = text.split('.').map(parseNumber);
  if (numbers.length > 4) return undefined;
  let address = 0;
  for (const [index, number] of numbers.entries()) {
    const bytes = index === numbers.length - 1 ? 4 - index : 1;
    if (number === undefined || number >= 256 ** bytes) return undefined;
    address = address * 256 ** bytes + number;
  }
  return address | 0;
}

function parseNumber(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number(text);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}
