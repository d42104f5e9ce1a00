import { splitQuantity } from './quantity.ts';
import { Malformed, notA, textValue } from './text-value.ts';
import { parseSize, printSize } from './units.ts';

/** How much may wait to be sent at one end of a cable; what is absent does not limit. */
export interface QueueLimit {
  packets?: number;
  bytes?: number;
}

const maxPackets = 10_000_000;

/** Reads `256 packets`, `64 KiB`, or both: `256 packets, 64 KiB`. */
export function parseQueue(text: string): QueueLimit | Malformed {
  const limit: QueueLimit = {};
  for (const part of text.split(',')) {
    const one = parseLimit(part.trim());
    if (one instanceof Malformed) return one;
    if (Object.keys(one).some((key) => key in limit))
      return new Malformed(`"${text}" says the same limit twice`);
    Object.assign(limit, one);
  }
  return limit;
}

export function printQueue(limit: QueueLimit): string {
  const parts: string[] = [];
  if (limit.packets !== undefined) parts.push(`${limit.packets} packets`);
  if (limit.bytes !== undefined) parts.push(printSize(limit.bytes));
  return parts.join(', ');
}

/** The limit of a queue: packets, bytes, or both. */
export const queueLimit = textValue<QueueLimit>({
  id: 'QueueLimit',
  type: 'object',
  expected: 'a limit in packets, bytes or both such as "256 packets", "64 KiB", "256 packets, 64 KiB"',
  pattern: '^\\d+(\\.\\d+)?\\s*[A-Za-z]+(\\s*,\\s*\\d+(\\.\\d+)?\\s*[A-Za-z]+)?$',
  unit: true,
  parse: parseQueue,
  print: printQueue,
});

function parseLimit(text: string): QueueLimit | Malformed {
  const quantity = splitQuantity(text);
  if (quantity === undefined) return notA('a queue limit', text);
  if (quantity.unit === '') return new Malformed(`${quantity.number} has no unit`);
  if (!/^packets?$/.test(quantity.unit)) {
    const bytes = parseSize(text);
    if (bytes instanceof Malformed) return notA('a queue limit', text, bytes.hint.nearest);
    return bytes > 0 ? { bytes } : new Malformed('a queue must hold something');
  }
  const packets = Number(quantity.number);
  if (!Number.isInteger(packets) || packets < 1)
    return new Malformed('a queue must hold one packet at least');
  return packets <= maxPackets ? { packets } : new Malformed(`a queue holds ${maxPackets} packets at most`);
}
