import { z } from 'zod';
import { quote } from '../diagnostic.ts';

/** What a parser of text answers when the text is not what it should be. */
export class Malformed {
  constructor(
    readonly message: string,
    readonly hint: { expected?: string; nearest?: string } = {},
  ) {}
}

export interface TextValueSpec<Value> {
  /** Name of the kind of value in the published JSON Schema, for example `Duration`. */
  id: string;
  /** What is expected, as an error says it: `a duration such as 5us, 1ms, 10s`. */
  expected: string;
  /** Regular expression for editors; `parse` decides. */
  pattern?: string;
  /** JavaScript type of the value read, by which a union finds the way back to text. */
  type: 'number' | 'string' | 'object';
  /** True when a bare number lacks only its unit. */
  unit?: boolean;
  parse(text: string): Value | Malformed;
  /** The text that `parse` reads back as the same value. */
  print(value: Value): string;
}

/**
 * A schema for a value written as text: reads it with `spec.parse`, and writes it back with `spec.print` when
 * a scenario is printed. Numbers and other YAML values are refused with a message that says what is missing.
 */
export function textValue<Value>(spec: TextValueSpec<Value>) {
  const input = z.unknown().meta({ type: 'string', ...(spec.pattern ? { pattern: spec.pattern } : {}) });
  return z
    .codec(input, z.custom<Value>(), {
      decode(value, context) {
        const parsed = typeof value === 'string' ? spec.parse(value.trim()) : wrongType(value, spec);
        if (!(parsed instanceof Malformed)) return parsed;
        const expected = parsed.hint.expected ?? spec.expected;
        const params = { expected, nearest: parsed.hint.nearest, wrongKind: typeof value !== 'string' };
        context.issues.push({ code: 'custom', input: value, message: parsed.message, params });
        return z.NEVER;
      },
      encode(value, context) {
        if (typeof value === spec.type) return spec.print(value);
        context.issues.push({ code: 'custom', input: value, message: `not a ${spec.id}` });
        return z.NEVER;
      },
    })
    .meta({ id: spec.id, description: `${spec.expected[0].toUpperCase()}${spec.expected.slice(1)}.` });
}

/** Names the YAML type of a value for messages: a list, a map, a number ... */
export function typeName(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return `the truth value ${value}`;
  return `the number ${value}`;
}

function wrongType<Value>(value: unknown, spec: TextValueSpec<Value>): Malformed {
  if (typeof value === 'number' && spec.unit) return new Malformed(`${value} has no unit`);
  return new Malformed(`${typeName(value)} is not valid here`);
}

/** The usual answer to text that does not parse. */
export function notA(what: string, text: string, nearest?: string): Malformed {
  return new Malformed(`${quote(text)} is not ${what}`, { nearest });
}
