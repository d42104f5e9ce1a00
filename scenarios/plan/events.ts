import type { ScenarioPath } from '../diagnostic.ts';
import type { Qdisc } from '../schema/qdisc.ts';
import type { RouteText } from '../schema/route.ts';
import type { Scenario } from '../schema/scenario.ts';
import { matchNames, matchNics } from '../topology/match-hosts.ts';
import { matchPods } from '../topology/match-pods.ts';
import { NoMatch } from '../topology/no-match.ts';
import type { CableProperties, Nic, Topology } from '../topology/topology.ts';

/** What happens. Hosts, cables and pods are places in the plan. */
export type Action =
  | { kind: 'link-down' | 'link-up'; cables: number[] }
  | { kind: 'link-set'; cables: number[]; change: LinkChange }
  | { kind: 'qdisc-set'; nics: { host: number; name: string }[]; qdisc: Qdisc }
  | { kind: 'sysctl'; hosts: number[]; values: [name: string, value: string][] }
  | { kind: 'route-add' | 'route-delete'; hosts: number[]; route: RouteText }
  | { kind: 'pod-delete' | 'pod-add'; pod: number }
  | { kind: 'weave-stop'; hosts: number[] }
  | { kind: 'run'; hosts: number[]; command: string };

/** What changes of a cable; what is absent stays. */
export type LinkChange = Partial<Omit<CableProperties, 'mtu' | 'qdisc' | 'overhead'>>;

export interface EventPlan {
  /** Nanoseconds. */
  at: number;
  /** Nanoseconds at which it is taken back: the link comes up, the parameter has its former value ... */
  until?: number;
  action: Action;
  /** Where the scenario says so, for reports. */
  path: ScenarioPath;
}

type EventSection = Scenario['events'][number];

/** All events in the order of time; those of one time in the order of the file. */
export function planEvents(scenario: Scenario, topology: Topology): EventPlan[] {
  const plans = scenario.events.map((section, index): EventPlan => {
    const until = section.for === undefined ? undefined : section.at + section.for;
    return { at: section.at, until, action: planAction(section, index, topology), path: ['events', index] };
  });
  return plans.sort((a, b) => a.at - b.at);
}

function planAction(section: EventSection, index: number, topology: Topology): Action {
  const hosts = (pattern: string) => found(matchNames(pattern, topology.hostByName));
  if (section.link_down !== undefined)
    return { kind: 'link-down', cables: cablesAt(section.link_down, topology) };
  if (section.link_up !== undefined) return { kind: 'link-up', cables: cablesAt(section.link_up, topology) };
  if (section.link_set !== undefined) {
    const { link, ...change } = section.link_set;
    return { kind: 'link-set', cables: cablesAt(link, topology), change };
  }
  if (section.qdisc_set !== undefined) {
    const nics = nicsAt(section.qdisc_set.interface, topology).map(({ host, name }) => ({ host, name }));
    return { kind: 'qdisc-set', nics, qdisc: section.qdisc_set.qdisc };
  }
  if (section.sysctl !== undefined) {
    const { node, ...values } = section.sysctl;
    return { kind: 'sysctl', hosts: hosts(node), values: Object.entries(values) };
  }
  if (section.route_add !== undefined) {
    return { kind: 'route-add', hosts: hosts(section.route_add.node), route: section.route_add.route };
  }
  if (section.route_delete !== undefined) {
    return {
      kind: 'route-delete',
      hosts: hosts(section.route_delete.node),
      route: section.route_delete.route,
    };
  }
  if (section.pod_delete !== undefined) {
    return { kind: 'pod-delete', pod: found(matchPods(section.pod_delete, topology.pods))[0] };
  }
  if (section.pod_add !== undefined) return { kind: 'pod-add', pod: topology.pods.addedBy.get(index)! };
  if (section.weave_stop !== undefined) return { kind: 'weave-stop', hosts: hosts(section.weave_stop) };
  return { kind: 'run', hosts: hosts(section.on!), command: section.run! };
}

function cablesAt(reference: string, topology: Topology): number[] {
  return [...new Set(nicsAt(reference, topology).map((nic) => nic.cable))];
}

function nicsAt(reference: string, topology: Topology): Nic[] {
  return found(matchNics(reference.replace(/^(node|router)\//, ''), topology.hosts, topology.hostByName));
}

function found<Value>(matched: Value | NoMatch): Value {
  if (matched instanceof NoMatch) throw new Error(`assertion failed: unchecked scenario: ${matched.message}`);
  return matched;
}
