import { nearestName } from '../nearest-name.ts';
import { matchesGlob } from './glob.ts';
import { BadRange, expandRange } from './name-range.ts';
import type { Host, Nic } from './topology.ts';

/** Why a name or pattern refers to nothing. */
export class NoMatch {
  constructor(
    readonly message: string,
    readonly nearest?: string,
  ) {}
}

/** The names among `names`, each that of `what`, that a name, range or pattern stands for, in their order there. */
export function matchNames(
  pattern: string,
  names: ReadonlyMap<string, number>,
  what = 'node or router',
): number[] | NoMatch {
  const alternatives = expandRange(pattern);
  if (alternatives instanceof BadRange) return new NoMatch(alternatives.message);
  const found = new Set<number>();
  for (const alternative of alternatives) {
    if (!alternative.includes('*')) {
      const index = names.get(alternative);
      if (index === undefined)
        return new NoMatch(`there is no ${what} "${alternative}"`, nearestName(alternative, names.keys()));
      found.add(index);
      continue;
    }
    for (const [name, index] of names) {
      if (matchesGlob(alternative, name)) found.add(index);
    }
  }
  if (found.size === 0) return new NoMatch(`"${pattern}" matches no ${what}`);
  return [...found].sort((a, b) => a - b);
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
  if (matched instanceof NoMatch) {
    return new NoMatch(matched.message, matched.nearest && `${matched.nearest}:${nicPattern}`);
  }
  const nics = matched.flatMap((index) =>
    hosts[index].nics.filter((nic) => matchesGlob(nicPattern, nic.name)),
  );
  if (nics.length > 0) return nics;
  const names = matched.slice(0, 100).flatMap((index) => hosts[index].nics.map((nic) => nic.name));
  const nearest = nearestName(nicPattern, names) ?? names[0];
  return new NoMatch(
    `"${hostPattern}" has no interface "${nicPattern}"`,
    nearest && `${hostPattern}:${nearest}`,
  );
}
