import type { MatchSpec } from '../../../models/netfilter/control-types.ts';

/**
 * The matches of a rule as they are read back from nft, which keeps ports and flags as plain comparisons: all that
 * is about one transport protocol stands in its first match, and of two of a kind the later one shows.
 */
export function printedMatches(matches: readonly MatchSpec[]): readonly MatchSpec[] {
  const printed: MatchSpec[] = [];
  for (const spec of matches) {
    const transport = spec.match === 'tcp' || spec.match === 'udp';
    const place = transport ? printed.findIndex(({ match }) => match === spec.match) : -1;
    if (place < 0) printed.push(spec);
    else printed[place] = { ...printed[place], ...spec } as MatchSpec;
  }
  return printed;
}
