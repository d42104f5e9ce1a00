import { formatIpv4 } from '../../wire/ipv4-address.ts';
import type { PeerName } from '../peer-name.ts';
import { type AddressRange, rangeContains, rangeSize, signed } from './address-range.ts';

/** What is known of the addresses from `token` up to the next entry's token, over the end of the ring. */
export interface RingEntry {
  /** The first address, an unsigned number. */
  readonly token: number;
  /** Who owns the range. */
  peer: PeerName;
  /** Counts the changes: of two entries the one with more of them holds. */
  version: number;
  /** How many of its addresses are free, as far as its owner has said. */
  free: number;
}

/** A ring as it is told to others, and kept. */
export interface RingState {
  readonly range: AddressRange;
  readonly entries: readonly Readonly<RingEntry>[];
  /** Names of those for whom the ring was made; empty when that isn't known. */
  readonly seeds: readonly PeerName[];
}

/** Two rings can't be one. */
export class RingError extends Error {
  /** `seeds` and `range`: they never can. */
  readonly kind: 'seeds' | 'range' | 'entries';

  constructor(kind: 'seeds' | 'range' | 'entries', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** How far it is from one token to another, or around the whole ring to itself. */
export function distanceOn(range: AddressRange, start: number, end: number): number {
  return end > start ? end - start : rangeSize(range) - (start - end);
}

/** @throws RingError unless these could be the entries of a ring of this range */
export function checkEntries(entries: readonly Readonly<RingEntry>[], range: AddressRange): void {
  entries.forEach((entry, index) => {
    const next = entries[(index + 1) % entries.length]!.token;
    if (index + 1 < entries.length) {
      if (entry.token > next) throw new RingError('entries', 'Ring not sorted');
      if (entry.token === next) throw new RingError('entries', 'Token appears twice in ring');
    }
    if (!rangeContains(range, entry.token)) throw new RingError('entries', 'Token is out of range');
    const distance = distanceOn(range, entry.token, next);
    if (entry.free > distance) {
      const name = `Entry ${formatIpv4(signed(entry.token))}-${formatIpv4(signed(next))}`;
      throw new RingError('entries', `${name} reporting too much free space: ${entry.free} > ${distance}`);
    }
  });
}
