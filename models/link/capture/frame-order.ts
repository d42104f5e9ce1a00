import { type FrameRecords, TIME_SHIFT } from './frame-records.ts';
import { sortByTime } from './sort-by-time.ts';

/** So many moves for each record are made at most before it is given up to bring each where it belongs at once. */
const FEW_MOVES = 4;

/**
 * Finds the records that are due and puts them in the order of (time, order), equals as they came.
 *
 * Most come in that order already. The others are frames that go out ahead of now, and arrivals that waited in the
 * backlog while others were seen. Mostly these have not far to go; where they have, they are sorted by themselves and
 * merged with the rest.
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
    const { due, kept } = this;
    let [dueCount, keptCount] = [0, 0];
    let movesLeft = FEW_MOVES * records.count;
    for (let place = 0; place < records.count; place++) {
      const time = records.doubles[records.timeAt(place)];
      const instant = instants[fileOf[records.viewOf(place)]];
      if (time < instant || (time === instant && inclusive === true)) {
        due[dueCount] = place;
        if (dueCount > 0 && records.precedes(place, due[dueCount - 1]) && movesLeft >= 0) {
          movesLeft -= this.insert(records, dueCount);
        }
        dueCount++;
      } else {
        kept[keptCount++] = place;
      }
    }
    this.dueCount = dueCount;
    this.keptCount = keptCount;
    if (movesLeft < 0) this.sortApart(records);
  }

  /** Brings the last of those that are due to where it belongs; answers by how many places it moved. */
  private insert(records: FrameRecords, last: number): number {
    const { due } = this;
    const place = due[last];
    let at = last;
    for (; at > 0 && records.precedes(place, due[at - 1]); at--) due[at] = due[at - 1];
    due[at] = place;
    return last - at;
  }

  private sortApart(records: FrameRecords): void {
    const { due, straight, others } = this;
    let [straightCount, otherCount] = [0, 0];
    for (let i = 0; i < this.dueCount; i++) {
      const place = due[i];
      const isStraight =
        !records.isAhead(place) &&
        (straightCount === 0 || !records.precedes(place, straight[straightCount - 1]));
      if (isStraight) straight[straightCount++] = place;
      else others[otherCount++] = place;
    }
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
