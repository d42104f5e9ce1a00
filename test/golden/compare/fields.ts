import { OpaqueBytes } from './opaque-bytes.ts';

export type FieldValue = number | string | OpaqueBytes;

/** One header field of a frame, normalised; names are like Wireshark's: `ip.ttl`, `tcp.seq`. */
export interface Field {
  name: string;
  value: FieldValue;
}

export type FieldMap = ReadonlyMap<string, FieldValue>;

/** Collects the fields of a frame while its layers are taken apart; `prefix` tells nested headers apart. */
export class FieldList {
  readonly fields: Field[];
  readonly prefix: string;
  /** Names of the checksums that were wrong. */
  readonly badChecksums: string[];

  constructor(prefix = '', fields: Field[] = [], badChecksums: string[] = []) {
    this.prefix = prefix;
    this.fields = fields;
    this.badChecksums = badChecksums;
  }

  add(name: string, value: FieldValue): void {
    this.fields.push({ name: this.prefix + name, value });
  }

  /** Records whether a checksum is right; `none` is the UDP checksum that was not computed (zero). */
  addChecksum(name: string, state: 'good' | 'BAD' | 'none'): void {
    this.add(name, state);
    if (state === 'BAD') this.badChecksums.push(this.prefix + name);
  }

  /** A view that adds to the same list under a longer prefix, e.g. `quote.`. */
  nested(prefix: string): FieldList {
    return new FieldList(this.prefix + prefix, this.fields, this.badChecksums);
  }
}

/** The fields by name; where a name occurs twice (stacked VLAN tags) the first one stands. */
export function firstOccurrences(fields: readonly Field[]): FieldMap {
  const map = new Map<string, FieldValue>();
  for (const { name, value } of fields) if (!map.has(name)) map.set(name, value);
  return map;
}

/** The fields by name; where a name occurs twice the last one stands. */
export function lastOccurrences(fields: readonly Field[]): FieldMap {
  return new Map(fields.map(({ name, value }) => [name, value]));
}

function equalValues(a: FieldValue, b: FieldValue): boolean {
  if (a instanceof OpaqueBytes) return b instanceof OpaqueBytes && a.equals(b);
  return a === b;
}

export interface FieldDifference {
  name: string;
  /** undefined: the frame has no such field */
  golden: FieldValue | undefined;
  candidate: FieldValue | undefined;
}

/** What differs between two frames, in the order of the headers. */
export function differingFields(golden: readonly Field[], candidate: readonly Field[]): FieldDifference[] {
  const goldenMap = firstOccurrences(golden);
  const candidateMap = firstOccurrences(candidate);
  const differences: FieldDifference[] = [];
  for (const name of new Set([...goldenMap.keys(), ...candidateMap.keys()])) {
    const a = goldenMap.get(name);
    const b = candidateMap.get(name);
    if (a === undefined || b === undefined || !equalValues(a, b)) {
      differences.push({ name, golden: a, candidate: b });
    }
  }
  return differences;
}

/**
 * Whether a pattern covers a field. A pattern is a field's name with or without its prefix (`tcp.window`,
 * `inner.ip.ttl`) or a layer, which covers everything in it (`tcp`).
 */
export function matchesPattern(name: string, pattern: string): boolean {
  return (
    name === pattern ||
    name.endsWith(`.${pattern}`) ||
    name.startsWith(`${pattern}.`) ||
    name.includes(`.${pattern}.`)
  );
}
