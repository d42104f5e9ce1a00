import { z } from 'zod';
import { quote } from '../diagnostic.ts';
import { typeName } from './text-value.ts';

const input = z.unknown().meta({ type: ['string', 'integer', 'boolean'] });

/** The value of a kernel parameter: text, a number, or true and false for 1 and 0. */
export const sysctlValue = z.codec(input, z.custom<string>(), {
  decode(value, context) {
    if (typeof value === 'boolean') return value ? '1' : '0';
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    if (typeof value === 'string' && /^[\x20-\x7e]{1,200}$/.test(value)) return value;
    const params = { expected: 'a whole number or short text' };
    const message = `${typeName(value)} is not the value of a kernel parameter`;
    context.issues.push({ code: 'custom', input: value, message, params });
    return z.NEVER;
  },
  encode: (text) => (/^\d{1,15}$/.test(text) && String(Number(text)) === text ? Number(text) : text),
});

/** The dotted name of a kernel parameter. */
export const sysctlName = z.string().regex(/^net(\.[A-Za-z0-9_/-]+){2,6}$/, {
  error: (issue) =>
    `${quote(String(issue.input))} is not the name of a network parameter like net.ipv4.ip_forward`,
});

/** Kernel parameters by dotted name. */
export const sysctls = z.record(sysctlName, sysctlValue);
