import {
  DOUBLES_SHIFT,
  type EventRecords,
  NEXT,
  NONE,
  PLACE,
  PREVIOUS,
  TIME,
  WORDS_SHIFT,
} from './event-records.ts';

/** 2^53 ns in digits of eight bits. */
const LEVELS = 7;
const SLOTS = 256;
const WORDS_PER_LEVEL = SLOTS / 32;
const TWO_32 = 2 ** 32;

/**
 * A hierarchical timing wheel over integer ticks (Varghese and Lauck, SOSP 1987): level L has 256 slots of 256^L
 * ticks each, as if L were a digit of the time in base 256.
 *
 * `last` is the last tick that is no longer the wheel's. An event is kept at the level of the highest digit in
 * which its time differs from `last`, in the slot that this digit names. So the events of a level are all earlier
 * than those of the levels above it, every occupied slot of a level lies after the digit of `last`, and the next
 * slot is the first occupied one of the lowest occupied level.
 *
 * Slots are doubly linked lists in the order of arrival: an event can be unlinked in O(1), and events that arrive
 * in order come out in order.
 */
export class TimingWheel {
  /** The first tick after `last`: what is due before this is not for the wheel. */
  horizon = 1;

  private lastHigh = 0;
  private lastLow = 0;
  private readonly pool: EventRecords;
  private readonly heads = new Int32Array(LEVELS * SLOTS).fill(NONE);
  private readonly tails = new Int32Array(LEVELS * SLOTS).fill(NONE);
  /** Three bitmaps over one another: the occupied slots, the words of that in use, the levels in use. */
  private readonly slotBits = new Int32Array(LEVELS * WORDS_PER_LEVEL);
  private readonly wordBits = new Int32Array(LEVELS);
  private levelBits = 0;

  constructor(pool: EventRecords) {
    this.pool = pool;
  }

  /** Adds an event that is not due before `horizon`. */
  link(record: number): void {
    const { words, doubles } = this.pool;
    const slot = this.slotOf(doubles[(record << DOUBLES_SHIFT) + TIME]);
    const tail = this.tails[slot];
    const base = record << WORDS_SHIFT;
    words[base + PLACE] = slot;
    words[base + NEXT] = NONE;
    words[base + PREVIOUS] = tail;
    this.tails[slot] = record;
    if (tail === NONE) {
      this.heads[slot] = record;
      this.markOccupied(slot);
    } else {
      words[(tail << WORDS_SHIFT) + NEXT] = record;
    }
  }

  /** Takes an event out of whichever slot it is in. */
  unlink(record: number): void {
    const words = this.pool.words;
    const base = record << WORDS_SHIFT;
    const slot = words[base + PLACE];
    const next = words[base + NEXT];
    const previous = words[base + PREVIOUS];
    if (previous === NONE) this.heads[slot] = next;
    else words[(previous << WORDS_SHIFT) + NEXT] = next;
    if (next === NONE) this.tails[slot] = previous;
    else words[(next << WORDS_SHIFT) + PREVIOUS] = previous;
    if (this.heads[slot] === NONE) this.markEmpty(slot);
  }

  /** The slot whose events come first; `NONE` when the wheel is empty. */
  firstSlot(): number {
    if (this.levelBits === 0) return NONE;
    const level = lowestBit(this.levelBits);
    const word = level * WORDS_PER_LEVEL + lowestBit(this.wordBits[level]);
    return word * 32 + lowestBit(this.slotBits[word]);
  }

  /** First event of a slot's list, chained by `NEXT`. */
  head(slot: number): number {
    return this.heads[slot];
  }

  /** Empties a slot and answers its list. */
  detach(slot: number): number {
    const head = this.heads[slot];
    this.heads[slot] = NONE;
    this.tails[slot] = NONE;
    this.markEmpty(slot);
    return head;
  }

  /** Moves `last` to the first tick of a slot (the first in order). */
  advanceToStart(slot: number): void {
    const level = slot >> 8;
    const digit = slot & 255;
    if (level < 4) this.setLast(this.lastHigh, replaceDigit(this.lastLow, level, digit));
    else this.setLast(replaceDigit(this.lastHigh, level - 4, digit), 0);
  }

  /** Moves `last` to the last tick of a slot, forward past the first in order. */
  advanceToEnd(slot: number): void {
    this.advanceToStart(slot);
    this.coverLevel(slot >> 8);
  }

  /** Moves `last` to the end of the slot that holds it at a level: every digit below becomes 255. */
  private coverLevel(level: number): void {
    if (level < 4) this.setLast(this.lastHigh, this.lastLow | ((1 << (level * 8)) - 1));
    else this.setLast(this.lastHigh | ((1 << ((level - 4) * 8)) - 1), -1);
  }

  /** Moves `last` back to the end of the slot of `level` that `time` falls in, where no lower slot is occupied. */
  retreat(time: number, level: number): void {
    this.setLast((time / TWO_32) | 0, time | 0);
    this.coverLevel(level);
  }

  private setLast(high: number, low: number): void {
    this.lastHigh = high;
    this.lastLow = low;
    this.horizon = high * TWO_32 + (low >>> 0) + 1;
  }

  private slotOf(time: number): number {
    const high = (time / TWO_32) | 0;
    const highDifference = high ^ this.lastHigh;
    if (highDifference === 0) {
      const low = time | 0; // ToInt32 keeps the low 32 bits of any safe integer.
      const level = (31 - Math.clz32(low ^ this.lastLow)) >> 3;
      return (level << 8) | ((low >>> (level << 3)) & 255);
    }
    const level = (31 - Math.clz32(highDifference)) >> 3;
    return ((level + 4) << 8) | ((high >>> (level << 3)) & 255);
  }

  private markOccupied(slot: number): void {
    const level = slot >> 8;
    this.slotBits[slot >> 5] |= 1 << (slot & 31);
    this.wordBits[level] |= 1 << ((slot >> 5) & 7);
    this.levelBits |= 1 << level;
  }

  private markEmpty(slot: number): void {
    const level = slot >> 8;
    const word = slot >> 5;
    if ((this.slotBits[word] &= ~(1 << (slot & 31))) !== 0) return;
    if ((this.wordBits[level] &= ~(1 << (word & 7))) !== 0) return;
    this.levelBits &= ~(1 << level);
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Sets one digit (base 256) of a word and clears those below it. */
function replaceDigit(word: number, position: number, digit: number): number {
  const above = position === 3 ? 0 : word & (-256 << (position * 8));
  return above | (digit << (position * 8));
}
