import type { ScenarioPath } from '../diagnostic.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { printDuration } from '../schema/units.ts';
import { matchNames, matchNics } from '../topology/match-hosts.ts';
import { matchPods } from '../topology/match-pods.ts';
import { NoMatch } from '../topology/no-match.ts';
import type { Host, Topology } from '../topology/topology.ts';
import { routeProblem } from './routes.ts';

type ScenarioEvent = Scenario['events'][number];

/** Events happen during the run, and what they name exists. */
export function checkEvents(scenario: Scenario, topology: Topology, problems: Problems): void {
  const deleted = new Map<number, number>();
  for (const [index, event] of scenario.events.entries()) {
    const path = ['events', index];
    if (event.at > scenario.stop) {
      const message = `it happens at ${printDuration(event.at)}, after the run (${printDuration(scenario.stop)})`;
      problems.warning([...path, 'at'], message);
    }
    checkLink(event, topology, path, problems);
    checkHosts(event.sysctl?.node, [...path, 'sysctl', 'node'], topology, problems);
    checkHosts(event.on, [...path, 'on'], topology, problems);
    checkWeaveStop(scenario, event, topology, path, problems);
    checkRoute(event, 'route_add', topology, path, problems);
    checkRoute(event, 'route_delete', topology, path, problems);
    checkDeletion(event, topology, path, deleted, problems);
  }
}

function checkLink(event: ScenarioEvent, topology: Topology, path: ScenarioPath, problems: Problems): void {
  const references = [
    { keys: ['link_down'], reference: event.link_down },
    { keys: ['link_up'], reference: event.link_up },
    { keys: ['link_set', 'link'], reference: event.link_set?.link },
    { keys: ['qdisc_set', 'interface'], reference: event.qdisc_set?.interface },
  ];
  for (const { keys, reference } of references) {
    if (reference === undefined) continue;
    const place = [...path, ...keys];
    if (/^(pod|lan)\//.test(reference)) {
      const expected = 'an interface of a node or router such as node2:eth0';
      problems.error(place, 'there is no cable at that interface', { expected });
      continue;
    }
    const nics = matchNics(reference.replace(/^(node|router)\//, ''), topology.hosts, topology.hostByName);
    if (nics instanceof NoMatch) problems.unresolved(place, nics);
  }
}

function checkHosts(
  reference: string | undefined,
  path: ScenarioPath,
  topology: Topology,
  problems: Problems,
): Host[] {
  if (reference === undefined) return [];
  const matched = matchNames(reference, topology.hostByName);
  if (!(matched instanceof NoMatch)) return matched.map((index) => topology.hosts[index]);
  problems.unresolved(path, matched);
  return [];
}

function checkWeaveStop(
  { cni }: Scenario,
  event: ScenarioEvent,
  topology: Topology,
  path: ScenarioPath,
  problems: Problems,
): void {
  const place = [...path, 'weave_stop'];
  const hosts = checkHosts(event.weave_stop, place, topology, problems);
  if (event.weave_stop !== undefined && cni === undefined) {
    problems.error(place, 'there is no Weave', { expected: 'cni: { type: weave-net }', at: 'key' });
  }
  const router = hosts.find(({ kind }) => kind === 'router');
  if (router !== undefined) problems.error(place, `${router.name} is a router of the cluster, not a node`);
}

function checkRoute(
  event: ScenarioEvent,
  action: 'route_add' | 'route_delete',
  topology: Topology,
  path: ScenarioPath,
  problems: Problems,
): void {
  const change = event[action];
  const hosts = checkHosts(change?.node, [...path, action, 'node'], topology, problems);
  if (change === undefined || action === 'route_delete') return;
  for (const host of hosts) {
    const problem = routeProblem(change.route, host);
    if (problem === undefined) continue;
    problems.error([...path, action, 'route'], problem.message, problem);
    return;
  }
}

function checkDeletion(
  event: ScenarioEvent,
  topology: Topology,
  path: ScenarioPath,
  deleted: Map<number, number>,
  problems: Problems,
): void {
  if (event.pod_delete === undefined) return;
  const place = [...path, 'pod_delete'];
  const pods = matchPods(event.pod_delete, topology.pods);
  if (pods instanceof NoMatch) {
    problems.unresolved(place, pods);
    return;
  }
  const before = deleted.get(pods[0]);
  if (before !== undefined)
    problems.error(place, `"${event.pod_delete}" is deleted by event ${before + 1} already`);
  deleted.set(pods[0], Number(path[1]));
}
