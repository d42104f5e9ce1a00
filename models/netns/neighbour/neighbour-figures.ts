import { NumberStore } from '../../../engine/statistics/number-store.ts';

/** Places of an entry's figures in their store: when it was confirmed, changed and used, and its timer. */
export const Figure = { confirmed: 0, updated: 1, used: 2, timer: 3 } as const;
export const FIGURES_PER_NEIGHBOUR = 4;

/** Place of the figures of every entry that has gone: whoever still holds one may write there. */
export const GONE = 0;

/**
 * Room for the figures of a network's ARP entries, side by side: as fields of the entries each of these numbers would be
 * an object of its own.
 */
export function newNeighbourFigures(): NumberStore {
  const store = new NumberStore(64 * FIGURES_PER_NEIGHBOUR);
  store.reserve(FIGURES_PER_NEIGHBOUR);
  return store;
}
