import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { PathMtuSearch } from '../../../../models/weave/router/path-mtu-search.ts';

/** Searches on a path that carries `limit` bytes; answers what it found, the tests it took and how long it waited. */
function searchOn(limit: number, said: number): { found: number; tests: number; waited: number } {
  const search = new PathMtuSearch();
  search.refused(said);
  let [found, tests, waited] = [0, 0, 0];
  while (found === 0) {
    const timeout = search.testSent();
    tests++;
    if (search.candidate <= limit) found = search.acknowledged(search.candidate);
    else {
      waited += timeout;
      found = search.timedOut();
    }
  }
  return { found, tests, waited };
}

describe('the search for the MTU of a path', () => {
  it('ends with one test where the kernel is right', () => {
    expect(searchOn(1438, 1438)).toEqual({ found: 1438, tests: 1, waited: 0 });
  });

  it('takes 12.75 s on the recorded path, which loses what is longer than 1338', () => {
    const { found, waited } = searchOn(1338, 1438);
    expect(found).toBe(1338);
    expect(waited).toBe(5 * 2.55e9);
  });

  it('begins anew only when the kernel says less than what is being tested', () => {
    const search = new PathMtuSearch();
    expect(search.refused(1438)).toBe(true);
    expect(search.refused(1438)).toBe(false);
    expect(search.refused(1300)).toBe(true);
    expect(search.candidate).toBe(1300);
    expect(search.acknowledged(1438)).toBe(0);
    expect(search.acknowledged(1300)).toBe(1300);
    expect(search.candidate).toBe(0);
    expect(search.refused(1300)).toBe(true);
  });

  test.prop({ limit: fc.integer({ min: 552, max: 9000 }), said: fc.integer({ min: 553, max: 9000 }) })(
    'finds what the path carries, or what the kernel allows if that is less',
    ({ limit, said }) => {
      expect(searchOn(limit, said).found).toBe(Math.min(limit, said));
    },
  );
});
