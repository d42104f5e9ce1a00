import { expect, it } from 'vitest';
import { NumberStore } from '../../../engine/statistics/number-store.ts';

it('keeps what stands in it when it grows', () => {
  const store = new NumberStore(2);
  const first = store.reserve(2);
  store.values[first + 1] = 7.5;
  const second = store.reserve(3);
  store.values.fill(1, second, second + 3);
  expect([...store.values.slice(first, first + 2)]).toEqual([0, 7.5]);
});

it('hands out again what was given back, as zeros, to who wants as much', () => {
  const store = new NumberStore();
  const place = store.reserve(2);
  store.values.fill(9, place, place + 2);
  store.release(place, 2);
  expect(store.reserve(3)).not.toBe(place);
  expect(store.reserve(2)).toBe(place);
  expect([...store.values.slice(place, place + 2)]).toEqual([0, 0]);
  expect(store.reserve(2)).not.toBe(place);
});
