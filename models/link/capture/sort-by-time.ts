/** A pass of the sort looks at so many bits of the times. */
const BITS = 11;
const MASK = (1 << BITS) - 1;
const counts = new Int32Array(MASK + 1);
/** Fewer are sorted by insertion: the passes are not worth it. */
const FEW = 32;

/**
 * Sorts places by their times, stably: a radix sort, since frames that queue for many wires at one instant come by
 * the thousand, in the order of no wire.
 *
 * @param places the first `count` are to be sorted
 * @param spare as long; takes what each pass makes
 * @param times the time of place p is `times[p << shift]`, an integer from 0 on
 * @returns `places` or `spare`, whichever holds the result
 */
export function sortByTime(
  places: Int32Array,
  spare: Int32Array,
  count: number,
  times: Float64Array,
  shift: number,
): Int32Array {
  if (count < FEW) {
    sortByInsertion(places, count, times, shift);
    return places;
  }
  let earliest = times[places[0] << shift];
  let latest = earliest;
  for (let i = 1; i < count; i++) {
    const time = times[places[i] << shift];
    if (time < earliest) earliest = time;
    if (time > latest) latest = time;
  }
  let from = places;
  let to = spare;
  for (let unit = 1; latest - earliest >= unit; unit *= MASK + 1) {
    sortByDigit(from, to, count, times, shift, earliest, unit);
    [from, to] = [to, from];
  }
  return from;
}

/** One pass: by the digit that counts `unit` nanoseconds. */
function sortByDigit(
  from: Int32Array,
  to: Int32Array,
  count: number,
  times: Float64Array,
  shift: number,
  earliest: number,
  unit: number,
): void {
  // a power of two: nothing is lost
  const scale = 1 / unit;
  counts.fill(0);
  for (let i = 0; i < count; i++) counts[((times[from[i] << shift] - earliest) * scale) & MASK]++;
  let sum = 0;
  for (let digit = 0; digit <= MASK; digit++) {
    const start = sum;
    sum += counts[digit];
    counts[digit] = start;
  }
  for (let i = 0; i < count; i++) {
    to[counts[((times[from[i] << shift] - earliest) * scale) & MASK]++] = from[i];
  }
}

function sortByInsertion(places: Int32Array, count: number, times: Float64Array, shift: number): void {
  for (let i = 1; i < count; i++) {
    const place = places[i];
    const time = times[place << shift];
    let at = i;
    for (; at > 0 && times[places[at - 1] << shift] > time; at--) places[at] = places[at - 1];
    places[at] = place;
  }
}
