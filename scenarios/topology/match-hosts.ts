import { nearestName } from '../nearest-name.ts';
import { matchesGlob } from './glob.ts';
import { BadRange, expandRange } from './name-range.ts';
import { NoMatch } from './no-match.ts';
import type { Host, Nic } from './topology.ts';

/** The names among `names`, each that of `what`, that a name, range or pattern stands for, in their order there. */
export function matchNames(
  pattern: string,
  names: ReadonlyMap<string, number>,
  what = 'node or router',
): number[] | NoMatch {
  const alternatives = expandRange(pattern);
  if (alternatives instanceof BadRange) return new NoMatch(alternatives.message);
  const found: number[] = [];
  for (const alternative of alternatives) {
    if (alternative.includes('*')) {
      for (const [name, index] of names) {
        if (matchesGlob(alternative, name)) found.push(index);
      }
      continue;
    }
    const index = names.get(alternative);
    if (index === undefined) {
      return new NoMatch(`there is no ${what} "${alternative}"`, () =>
        nearestName(alternative, names.keys()),
      );
    }
    found.push(index);
  }
  if (found.length === 0) return new NoMatch(`"${pattern}" matches no ${what}`);
  // One alternative finds each name once, in order.
  return alternatives.length === 1 ? found : [...new Set(found)].sort((a, b) => a - b);
}

/** The interfaces of nodes and routers that `HOST:INTERFACE` stands for. */
export function matchNics(
  reference: string,
  hosts: readonly Host[],
  hostByName: ReadonlyMap<string, number>,
): Nic[] | NoMatch {
  const colon = reference.indexOf(':');
  const hostPattern = reference.slice(0, colon);
  const nicPattern = reference.slice(colon + 1);
  const matched = matchNames(hostPattern, hostByName);
  if (matched instanceof NoMatch) return matched.rewrite((nearest) => `${nearest}:${nicPattern}`);
  const nics = matched.flatMap((index) =>
    hosts[index].nics.filter((nic) => matchesGlob(nicPattern, nic.name)),
  );
  if (nics.length > 0) return nics;
  return new NoMatch(`"${hostPattern}" has no interface "${nicPattern}"`, () => {
    const names = matched.slice(0, 100).flatMap((index) => hosts[index].nics.map((nic) => nic.name));
    const nearest = nearestName(nicPattern, names) ?? names[0];
    return nearest && `${hostPattern}:${nearest}`;
  });
}
