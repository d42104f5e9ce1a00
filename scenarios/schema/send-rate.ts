import { splitQuantity } from './quantity.ts';
import { Malformed, notA, textValue } from './text-value.ts';
import { parseRate, printRate } from './units.ts';

/** How much a flow sends: payload bits, or packets, per second. */
export interface SendRate {
  unit: 'bit' | 'packet';
  perSecond: number;
}

export const sendRate = textValue<SendRate>({
  id: 'SendRate',
  type: 'object',
  expected: 'a rate in bits or packets such as 200Mbit or 1000/s',
  pattern: '^\\d+(\\.\\d+)?\\s*([kKMGT]?bit(/s)?|(packets?)?/(s|ms|min|h))$',
  unit: true,
  parse: parseSendRate,
  print: ({ unit, perSecond }) => (unit === 'packet' ? `${perSecond}/s` : printRate(perSecond)),
});

function parseSendRate(text: string): SendRate | Malformed {
  const quantity = splitQuantity(text);
  if (quantity === undefined) return notA('a rate', text);
  const perSecond = { '/ms': 1000, '/s': 1, '/min': 1 / 60, '/h': 1 / 3600 }[
    quantity.unit.replace(/^packets?/, '')
  ];
  const bits = perSecond === undefined ? parseRate(text) : 0;
  if (bits instanceof Malformed) return bits;
  const result: SendRate =
    perSecond === undefined
      ? { unit: 'bit', perSecond: bits }
      : { unit: 'packet', perSecond: Number(quantity.number) * perSecond };
  if (result.perSecond <= 0) return new Malformed('a rate must be above zero');
  // Time is in whole nanoseconds: a flow cannot send more often, and 1e-6/s is less than once in a run.
  if (unitOutOfRange(result)) return new Malformed(`"${text}" is not from 0.000001/s to 1000000000/s`);
  return result;
}

function unitOutOfRange({ unit, perSecond }: SendRate): boolean {
  return unit === 'packet' && (perSecond > 1e9 || perSecond < 1e-6);
}

/** So many of something per second. */
export const eventRate = textValue<number>({
  id: 'EventRate',
  type: 'number',
  expected: 'a number per time such as 500/s, 3/ms, 10/min',
  pattern: '^\\d+(\\.\\d+)?\\s*/(s|ms|min|h)$',
  unit: true,
  parse: (text) => {
    const parsed = parseSendRate(text);
    if (parsed instanceof Malformed) return parsed;
    return parsed.unit === 'packet' ? parsed.perSecond : notA('a number per time', text);
  },
  print: (perSecond) => `${perSecond}/s`,
});
