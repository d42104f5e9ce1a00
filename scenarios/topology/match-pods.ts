import { nearestName } from '../nearest-name.ts';
import { matchesGlob } from './glob.ts';
import { BadRange, expandRange } from './name-range.ts';
import { NoMatch } from './no-match.ts';
import { findPod, podName } from './pod-names.ts';
import type { PodGroup, PodTable } from './topology.ts';

/**
 * The pods that a name, range or pattern stands for, as places in the table, ascending. Patterns stand for
 * pods that are there from the start; pods that events add must be named.
 */
export function matchPods(pattern: string, pods: PodTable): Uint32Array | NoMatch {
  if (pattern === '*') {
    return pods.initial > 0
      ? Uint32Array.from({ length: pods.initial }, (_, pod) => pod)
      : new NoMatch('there are no pods');
  }
  const alternatives = expandRange(pattern);
  if (alternatives instanceof BadRange) return new NoMatch(alternatives.message);
  const found: number[] = [];
  for (const alternative of alternatives) {
    if (alternative.includes('*')) {
      for (const group of pods.groups) matchGroup(alternative, group, pods, found);
      continue;
    }
    const pod = findPod(pods, alternative);
    if (pod === undefined) return unknownPod(alternative, pods);
    found.push(pod);
  }
  if (found.length === 0)
    return new NoMatch(`"${pattern}" matches no pod`, () => nearestPattern(pattern, pods));
  const places = Uint32Array.from(found).sort();
  return places.filter((pod, index) => index === 0 || pod !== places[index - 1]);
}

function matchGroup(pattern: string, group: PodGroup, pods: PodTable, found: number[]): void {
  // `web-*` is by far the most used: the whole group, without making a million names to look at.
  const prefix = pattern.slice(0, -1);
  const whole = pattern.endsWith('*') && !prefix.includes('*') && `${group.name}-`.startsWith(prefix);
  for (let pod = group.first; pod < group.first + group.replicas; pod++) {
    if (whole || matchesGlob(pattern, podName(pods, pod))) found.push(pod);
  }
}

function unknownPod(name: string, pods: PodTable): NoMatch {
  return new NoMatch(`there is no pod "${name}"`, () => {
    const match = /^(.+)-\d+$/.exec(name);
    const group = match && pods.groups[pods.groupByName.get(match[1]) ?? -1];
    if (group && group.replicas > 0) return `${group.name}-${group.replicas - 1}`;
    const near = nearestName(match?.[1] ?? name, pods.groupByName.keys());
    if (near === undefined) return undefined;
    const sameNumber = near + (match === null ? '-0' : name.slice(match[1].length));
    return findPod(pods, sameNumber) === undefined ? `${near}-0` : sameNumber;
  });
}

function nearestPattern(pattern: string, pods: PodTable): string | undefined {
  return nearestName(
    pattern,
    [...pods.groupByName.keys()].map((name) => `${name}-*`),
  );
}
