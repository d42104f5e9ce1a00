import type { PodTable } from './topology.ts';

/** `web-3`: the name of the pod at a place of the table. */
export function podName(pods: PodTable, pod: number): string {
  return `${pods.groups[pods.group[pod]].name}-${pods.ordinal[pod]}`;
}

/** The place of a pod in the table, by its name. */
export function findPod(pods: PodTable, name: string): number | undefined {
  const match = /^(.+)-(0|[1-9]\d{0,8})$/.exec(name);
  if (match === null) return undefined;
  const group = pods.groups[pods.groupByName.get(match[1]) ?? -1];
  if (group === undefined) return undefined;
  const ordinal = Number(match[2]);
  if (ordinal < group.replicas) return group.first + ordinal;
  return group.added[ordinal - group.replicas];
}
