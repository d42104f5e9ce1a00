import { type EventRecords, NONE } from './event-records.ts';

/** 2^53 ns in digits of eight bits. */
const LEVELS = 7;
const SLOTS = 256;
const WORDS_PER_LEVEL = SLOTS / 32;

/**
 * A hierarchical timing wheel over integer ticks (Varghese and Lauck, SOSP 1987): level L has 256 slots of
 * 256^L ticks each, as if L were a digit of the time in base 256.
 *
 * `last` is the last tick that is no longer the wheel's. An event is kept at the level of the highest digit
 * in which its time differs from `last`, in the slot that this digit names. So the events of a level are all
 * earlier than those of the levels above it, every occupied slot of a level lies after the digit of `last`,
 * and the next events are in the first occupied slot of the lowest occupied level.
 *
 * Slots are doubly linked lists in the order of arrival: an event can be unlinked in O(1), and events that
 * arrive in order come out in order.
 */
export class TimingWheel {
  /** The tick after `last`: an event that is due before this is not for the wheel. */
  horizon = 1;

  /** `last` in two words. */
  private lastHigh = 0;
  private lastLow = 0;
  private readonly records: EventRecords;
  readonly heads = new Int32Array(LEVELS * SLOTS).fill(NONE);
  private readonly tails = new Int32Array(LEVELS * SLOTS).fill(NONE);
  /** Three bitmaps over one another: the occupied slots, the words of these in use, the levels in use. */
  private readonly slotBits = new Int32Array(LEVELS * WORDS_PER_LEVEL);
  private readonly wordBits = new Int32Array(LEVELS);
  private levelBits = 0;

  constructor(records: EventRecords) {
    this.records = records;
  }

  /** Adds an event that is due at the horizon or later. */
  link(record: number): void {
    const { next, previous } = this.records;
    const slot = this.slotOf(record);
    const tail = this.tails[slot];
    this.tails[slot] = record;
    next[record] = NONE;
    previous[record] = tail;
    if (tail < 0) {
      this.heads[slot] = record;
      this.markOccupied(slot);
    } else {
      next[tail] = record;
    }
  }

  /** Takes an event out, from wherever it is in its slot. */
  unlink(record: number): void {
    const { next, previous } = this.records;
    const slot = this.slotOf(record);
    const after = next[record];
    const before = previous[record];
    if (before === NONE) this.heads[slot] = after;
    else next[before] = after;
    if (after === NONE) this.tails[slot] = before;
    else previous[after] = before;
    if (this.heads[slot] === NONE) this.markEmpty(slot);
  }

  /** The slot with the next events; `NONE` when the wheel is empty. */
  firstSlot(): number {
    if (this.levelBits === 0) return NONE;
    const level = lowestBit(this.levelBits);
    const word = level * 8 + lowestBit(this.wordBits[level]);
    return word * 32 + lowestBit(this.slotBits[word]);
  }

  /** Empties a slot and answers its events, chained by `next`. */
  detach(slot: number): number {
    const head = this.heads[slot];
    this.heads[slot] = NONE;
    this.tails[slot] = NONE;
    this.markEmpty(slot);
    return head;
  }

  /** Moves `last` to the first tick of the slot of `level` that `time` is in: the next one to be spread. */
  advanceToStart(time: number, level: number): void {
    const high = (time / 2 ** 32) | 0;
    if (level < 4) this.setLast(high, (time | 0) & (-1 << (level << 3)));
    else this.setLast(high & (-1 << ((level - 4) << 3)), 0);
  }

  /**
   * Moves `last` to the last tick of the slot of `level` that `time` is in: forward to the end of the next
   * one to be taken, or back within a slot that was taken, as long as the wheel is empty below that one's
   * level.
   */
  moveToEnd(time: number, level: number): void {
    const high = (time / 2 ** 32) | 0;
    if (level < 4) this.setLast(high, time | 0 | ((1 << (level << 3)) - 1));
    else this.setLast(high | ((1 << ((level - 4) << 3)) - 1), -1);
  }

  private setLast(high: number, low: number): void {
    this.lastHigh = high;
    this.lastLow = low;
    this.horizon = high * 2 ** 32 + (low >>> 0) + 1;
  }

  private slotOf(record: number): number {
    const time = this.records.timeOf(record);
    const high = (time / 2 ** 32) | 0;
    const difference = high ^ this.lastHigh;
    if (difference === 0) {
      const low = time | 0; // ToInt32 keeps the low 32 bits of any safe integer.
      const level = (31 - Math.clz32(low ^ this.lastLow)) >> 3;
      return (level << 8) | ((low >>> (level << 3)) & 255);
    }
    const level = (31 - Math.clz32(difference)) >> 3;
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
