import { type FrameRecords, TIME_SHIFT } from './frame-records.ts';
import { sortByTime } from './sort-by-time.ts';

/**
 * Finds the records that are due and puts them in the order of (time, order), equals as they came.
 *
 * Most come in that order already. The others, which are sorted by themselves and merged with these, are frames that
 * go out ahead of now and arrivals that waited in the backlog while others were seen.
 */
export class FrameOrder {
  /** Places of the records that are due, in their order, and how many. */
  due = new Int32Array(0);
  dueCount = 0;
  /** Places of those that are not, as they came. */
  kept = new Int32Array(0);
  keptCount = 0;

  private straight = new Int32Array(0);
  private others = new Int32Array(0);
  private spare = new Int32Array(0);

  /**
   * @param instants by file: records of before are due
   * @param inclusive those of the instant as well
   * @param fileOf by view
   */
  find(records: FrameRecords, instants: Float64Array, inclusive: boolean, fileOf: Int32Array): void {
    this.makeRoom(records.count);
    const { straight, others, kept } = this;
    let [straightCount, otherCount, keptCount] = [0, 0, 0];
    for (let place = 0; place < records.count; place++) {
      const time = records.doubles[records.timeAt(place)];
      const instant = instants[fileOf[records.viewOf(place)]];
      if (time > instant || (time === instant && inclusive === false)) {
        kept[keptCount++] = place;
      } else if (
        !records.isAhead(place) &&
        (straightCount === 0 || !records.precedes(place, straight[straightCount - 1]))
      ) {
        straight[straightCount++] = place;
      } else {
        others[otherCount++] = place;
      }
    }
    this.keptCount = keptCount;
    this.dueCount = straightCount + otherCount;
    this.sortOthers(records, otherCount);
    this.merge(records, straightCount, otherCount);
  }

  private sortOthers(records: FrameRecords, count: number): void {
    const sorted = sortByTime(this.others, this.spare, count, records.doubles, TIME_SHIFT);
    if (sorted !== this.others) [this.others, this.spare] = [this.spare, this.others];
    // those of one time are few, or nearly in their order
    const { others } = this;
    for (let i = 1; i < count; i++) {
      const place = others[i];
      let at = i;
      for (; at > 0 && records.precedes(place, others[at - 1]); at--) others[at] = others[at - 1];
      others[at] = place;
    }
  }

  private merge(records: FrameRecords, straightCount: number, otherCount: number): void {
    const { straight, others, due } = this;
    let s = 0;
    for (let o = 0; o < otherCount; o++) {
      const other = others[o];
      while (s < straightCount && isBefore(records, straight[s], other)) {
        due[s + o] = straight[s];
        s++;
      }
      due[s + o] = other;
    }
    for (; s < straightCount; s++) due[s + otherCount] = straight[s];
  }

  private makeRoom(count: number): void {
    if (count <= this.due.length) return;
    for (const list of ['due', 'kept', 'straight', 'others', 'spare'] as const) {
      this[list] = new Int32Array(2 * count);
    }
  }
}

/** By (time, order), equals as they came. */
function isBefore(records: FrameRecords, a: number, b: number): boolean {
  return a < b ? !records.precedes(b, a) : records.precedes(a, b);
}
