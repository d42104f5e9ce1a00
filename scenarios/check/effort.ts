import { limits } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { BadRange, expandRange } from '../topology/name-range.ts';

/**
 * Whether the patterns of a scenario can be resolved in reasonable time: each is held against every node and
 * pod. Nobody writes so many; a file that does would otherwise keep the check busy for hours.
 */
export function checkEffort(scenario: Scenario, problems: Problems): boolean {
  const patterns = countPatterns(scenario);
  const names = countNames(scenario);
  if (patterns * names <= limits.comparisons) return true;
  const message = `${patterns} patterns to be held against ${names} nodes and pods`;
  problems.error([], message, { expected: `at most ${limits.comparisons} comparisons` });
  return false;
}

function countPatterns(scenario: Scenario): number {
  const { links, lans } = scenario.cluster;
  const references = [
    ...links.flatMap((link) => link.endpoints),
    ...Object.values(lans).flatMap((lan) => lan.members ?? []),
    ...Object.values(scenario.pods).map((group) => group.node),
    ...Object.values(scenario.traffic).flatMap((traffic) =>
      traffic.kind === 'trace' ? [] : [traffic.from, traffic.to].flat(),
    ),
    ...scenario.events.flatMap((event) => [
      event.link_down,
      event.link_up,
      event.sysctl?.node,
      event.route_add?.node,
      event.route_delete?.node,
      event.on,
    ]),
  ];
  // Interfaces of a node include one for each of its pods, pattern or not.
  const captured = scenario.captures.reduce((sum, capture) => sum + [capture.interface].flat().length, 0);
  return references.filter((reference) => /[*[]/.test(reference ?? '')).length + captured;
}

function countNames(scenario: Scenario): number {
  const { nodes, routers, lans } = scenario.cluster;
  let nodeCount = 0;
  for (const key of Object.keys(nodes)) {
    const names = expandRange(key);
    nodeCount += names instanceof BadRange ? 1 : names.length;
  }
  let pods = 0;
  for (const { replicas = 1, per_node: perNode } of Object.values(scenario.pods)) {
    pods += perNode === undefined ? replicas : perNode * nodeCount;
  }
  return nodeCount + Object.keys(routers).length + Object.keys(lans).length + Math.min(pods, limits.pods);
}
