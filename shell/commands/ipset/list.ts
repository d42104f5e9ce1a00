import type { SetEntryView, SetType, SetView } from '../../../models/netfilter/control-types.ts';
import { compareEntries, formatElement } from './entry.ts';

const REVISIONS: Readonly<Record<SetType, number>> = {
  'hash:ip': 6,
  'hash:net': 7,
  'hash:ip,port': 7,
  'list:set': 3,
};

/** Bytes of an empty set and of an entry without extensions: an estimate of what the kernel takes. */
const MEMORY: Readonly<Record<SetType, { empty: number; entry: number }>> = {
  'hash:ip': { empty: 216, entry: 40 },
  'hash:net': { empty: 456, entry: 48 },
  'hash:ip,port': { empty: 216, entry: 48 },
  'list:set': { empty: 80, entry: 48 },
};
const EXTENDED_ENTRY = 64;

/** A set as `ipset list` shows it. */
export function listSet(set: SetView, { terse, sorted }: { terse: boolean; sorted: boolean }): string {
  const head =
    `Name: ${set.name}\nType: ${set.type}\nRevision: ${REVISIONS[set.type]}\nHeader: ${header(set)}\n` +
    `Size in memory: ${memory(set)}\nReferences: ${set.references}\nNumber of entries: ${set.entries.length}\n`;
  if (terse) return head;
  const entries = inOrder(set, sorted).map((entry) => `${formatEntry(set.type, entry)}\n`);
  return `${head}Members:\n${entries.join('')}`;
}

/** A set as the lines that make it. */
export function saveSet(set: SetView, sorted: boolean): string {
  const entries = inOrder(set, sorted).map((entry) => `add ${set.name} ${formatEntry(set.type, entry)}\n`);
  return `create ${set.name} ${set.type} ${header(set)}\n${entries.join('')}`;
}

function inOrder({ entries }: SetView, sorted: boolean): readonly SetEntryView[] {
  return sorted ? [...entries].sort(compareEntries) : entries;
}

function header(set: SetView): string {
  const extensions =
    (set.timeout === undefined ? '' : ` timeout ${set.timeout}`) +
    (set.counters === true ? ' counters' : '') +
    (set.comment === true ? ' comment' : '');
  if (set.type === 'list:set') return `size ${set.maxElements}${extensions}`;
  const netmask = set.netmask === undefined || set.netmask === 32 ? '' : ` netmask ${set.netmask}`;
  return (
    `family inet hashsize ${set.hashSize} maxelem ${set.maxElements}${netmask}${extensions}` +
    ` bucketsize 12 initval ${initialValue(set.name)}`
  );
}

/** The kernel draws it at random; here it follows from the name (FNV-1a). */
function initialValue(name: string): string {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return `0x${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

function memory(set: SetView): number {
  const { empty, entry } = MEMORY[set.type];
  const extended = set.timeout !== undefined || set.counters === true || set.comment === true;
  return empty + set.entries.length * (extended ? EXTENDED_ENTRY : entry);
}

function formatEntry(type: SetType, entry: SetEntryView): string {
  return (
    formatElement(type, entry) +
    (entry.timeout === undefined ? '' : ` timeout ${entry.timeout}`) +
    (entry.packets === undefined ? '' : ` packets ${entry.packets} bytes ${entry.bytes}`) +
    (entry.comment === undefined || entry.comment === '' ? '' : ` comment "${entry.comment}"`) +
    (entry.nomatch === true ? ' nomatch' : '')
  );
}
