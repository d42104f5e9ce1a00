import { z } from 'zod';
import { Malformed, typeName } from './text-value.ts';
import { parseSize } from './units.ts';

/**
 * Bytes that Linux and tcpdump write bare (`mtu 1500`, `-s 128`): a bare number here counts bytes, and a size
 * with unit is taken as well. Printed bare.
 */
export function byteCount(minimum: number, maximum: number) {
  const expected = `a number of bytes from ${minimum} to ${maximum}`;
  const input = z.unknown().meta({ anyOf: [{ type: 'integer', minimum, maximum }, { type: 'string' }] });
  return z.codec(input, z.custom<number>(), {
    decode(value, context) {
      const bytes = readBytes(value);
      const ok = typeof bytes === 'number' && Number.isInteger(bytes) && bytes >= minimum && bytes <= maximum;
      if (ok) return bytes;
      const message = bytes instanceof Malformed ? bytes.message : `${bytes} bytes cannot be`;
      context.issues.push({ code: 'custom', input: value, message, params: { expected } });
      return z.NEVER;
    },
    encode: (bytes) => bytes,
  });
}

function readBytes(value: unknown): number | Malformed {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return new Malformed(`${typeName(value)} is not valid here`);
  return parseSize(value.trim());
}
