import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../scenarios/nearest-name.ts';
import { matchesGlob } from '../../scenarios/topology/glob.ts';
import { BadRange, expandRange } from '../../scenarios/topology/name-range.ts';

describe('nearestName', () => {
  it.each([
    ['adress', ['mac', 'address', 'mtu'], 'address'],
    ['sead', ['name', 'seed', 'stop'], 'seed'],
    ['Ping', ['udp', 'ping'], 'ping'],
    ['arrivlas', ['arrivals'], 'arrivals'],
    ['x', ['y'], 'y'],
    ['completely', ['other'], undefined],
    ['abc', [], undefined],
  ])('of %s among %j is %s', (name, candidates, nearest) => {
    expect(nearestName(name, candidates)).toBe(nearest);
  });

  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });

  /** The definition itself, by recursion over the last letters. */
  function slowDistance(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length;
    const [shortA, shortB] = [a.slice(0, -1), b.slice(0, -1)];
    const same = a.at(-1) === b.at(-1);
    let best = Math.min(slowDistance(shortA, b) + 1, slowDistance(a, shortB) + 1);
    best = Math.min(best, slowDistance(shortA, shortB) + (same ? 0 : 1));
    const swapped = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1);
    return swapped ? Math.min(best, slowDistance(a.slice(0, -2), b.slice(0, -2)) + 1) : best;
  }

  test.prop([word, word], { numRuns: 60 })('measures the optimal string alignment distance', (a, b) => {
    const distance = slowDistance(a, b);
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(a, b, 2)).toBe(Math.min(distance, 2));
  });
});

describe('expandRange', () => {
  it.each([
    ['node1', ['node1']],
    ['node[1-3]', ['node1', 'node2', 'node3']],
    ['node[08-10]', ['node08', 'node09', 'node10']],
    ['n[1,3,5-6]x', ['n1x', 'n3x', 'n5x', 'n6x']],
    ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
  ])('%s stands for %j', (text, names) => {
    expect(expandRange(text)).toEqual(names);
  });

  it.each([
    'node[3-1]',
    'node[',
    'node]',
    'node[a-b]',
    'node[]',
    'node[1-]',
    'node[1-99999]',
    'a[1-999]b[1-999]',
    '[[1]]',
  ])('%s is refused', (text) => {
    expect(expandRange(text)).toBeInstanceOf(BadRange);
  });
});

describe('matchesGlob', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });

  test.prop([pattern, name])('agrees with the regular expression', (glob, text) => {
    const regex = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
    expect(matchesGlob(glob, text)).toBe(regex.test(text));
  });
});
