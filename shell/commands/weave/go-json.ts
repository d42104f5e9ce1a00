const INDENT = '    ';
/** What Go writes as escapes, so that JSON can stand in HTML. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** JSON as Go's `json.MarshalIndent` writes it; integers of 64 bits are bigints. Functions and undefined have no place. */
export function goJson(value: unknown, depth = 0): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return JSON.stringify(value).replace(ESCAPED, escaped);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    return lines(
      '[]',
      value.map((item) => goJson(item, depth + 1)),
      depth,
    );
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${goJson(name)}: ${goJson(member, depth + 1)}`,
  );
  return lines('{}', members, depth);
}

function lines([open, close]: string, members: readonly string[], depth: number): string {
  if (members.length === 0) return open + close;
  const start = `\n${INDENT.repeat(depth)}`;
  return open + members.map((member) => `${start}${INDENT}${member}`).join(',') + start + close;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
