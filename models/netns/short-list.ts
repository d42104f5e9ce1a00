/**
 * A list with one more item. V8 gives a list that is pushed to, spliced or spread into room for seventeen items more;
 * where a hundred thousand pods have a list of one or two, that room would be most of what they weigh.
 */
export function appended<Item>(list: readonly Item[], item: Item): Item[] {
  return inserted(list, list.length, item);
}

/** As `appended`, before the item at `place`. */
export function inserted<Item>(list: readonly Item[], place: number, item: Item): Item[] {
  const { length } = list;
  const longer = new Array<Item>(length + 1);
  for (let i = 0; i < place; i++) longer[i] = list[i];
  longer[place] = item;
  for (let i = place; i < length; i++) longer[i + 1] = list[i];
  return longer;
}
