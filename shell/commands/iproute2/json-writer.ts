/** A number with a fixed count of decimals, such as a bridge's timers. */
export class Decimal {
  constructor(
    readonly value: number,
    readonly decimals: number,
  ) {}
}

export type JsonValue = string | number | boolean | null | Decimal | JsonObject | readonly JsonValue[];
export type JsonObject = { [key: string]: JsonValue };

const INDENT = '    ';

/** JSON as iproute2 writes it: on one line, or with `-p` in its own indented layout. */
export function writeJson(value: JsonValue, pretty: boolean): string {
  return pretty ? writePretty(value, 0) : writeCompact(value);
}

function writeCompact(value: JsonValue): string {
  if (value instanceof Decimal) return value.value.toFixed(value.decimals);
  if (Array.isArray(value)) return `[${value.map(writeCompact).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${writeCompact(member)}`,
  );
  return `{${members.join(',')}}`;
}

/** Members of an object stand on lines of their own, elements of an array stay beside each other. */
function writePretty(value: JsonValue, depth: number): string {
  if (value instanceof Decimal || typeof value !== 'object' || value === null) return writeCompact(value);
  if (Array.isArray(value)) {
    return value.length === 0
      ? '[ ]'
      : `[ ${value.map((element) => writePretty(element, depth + 1)).join(',')} ]`;
  }
  const line = `\n${INDENT.repeat(depth + 1)}`;
  const members = Object.entries(value).map(
    ([key, member]) => `${line}${JSON.stringify(key)}: ${writePretty(member, depth + 1)}`,
  );
  return `{${members.join(',')}\n${INDENT.repeat(depth)}}`;
}
