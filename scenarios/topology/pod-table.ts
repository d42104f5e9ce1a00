import type { ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { matchNames } from './match-hosts.ts';
import { NoMatch } from './no-match.ts';
import { assignPodAddresses } from './pod-addresses.ts';
import type { Host, PodGroup, PodTable } from './topology.ts';

type GroupSection = Scenario['pods'][string];

/** A `pod_add` of the events that names a known group and node. */
interface Addition {
  event: number;
  group: number;
  /** Undefined: the next in turn. */
  node: number | undefined;
}

/** Places all pods, those that events add included, and gives them their addresses. */
export function layOutPods(
  scenario: Scenario,
  hosts: readonly Host[],
  nodeCount: number,
  problems: Problems,
): PodTable {
  const nodeByName = new Map(hosts.slice(0, nodeCount).map((host, index) => [host.name, index]));
  const sections = Object.entries(scenario.pods);
  const allNodes = [...nodeByName.values()];
  const targets = sections.map(([name, section]) =>
    section.node === undefined ? allNodes : targetNodes(section.node, nodeByName, ['pods', name], problems),
  );
  const sizes = sections.map(([, section], index) =>
    section.per_node === undefined ? (section.replicas ?? 1) : section.per_node * targets[index].length,
  );
  let initial = sizes.reduce((sum, size, index) => sum + (targets[index].length > 0 ? size : 0), 0);
  if (initial > limits.pods) {
    problems.error(['pods'], `${initial} pods`, { expected: `at most ${limits.pods}` });
    initial = 0;
    targets.fill([]);
  }
  const additions = readAdditions(scenario, nodeByName, problems);
  const table = emptyPods(initial + additions.length, initial);
  for (const [index, [name, section]] of sections.entries()) {
    const replicas = targets[index].length > 0 ? sizes[index] : 0;
    addGroup(table, name, section, replicas, targets[index]);
  }
  for (const addition of additions) addPod(table, addition, targets[addition.group]);
  table.count = table.filled;
  if (scenario.cni === undefined) assignPodAddresses(table, scenario, hosts, nodeCount, problems);
  return table;
}

/** The table while it is being filled. */
interface GrowingTable extends PodTable {
  filled: number;
}

/** A table without pods yet, with room for `size`. */
export function emptyPods(size: number, initial = 0): GrowingTable {
  return {
    groups: [],
    groupByName: new Map(),
    initial,
    count: 0,
    group: new Uint32Array(size),
    ordinal: new Uint32Array(size),
    node: new Uint32Array(size),
    address: new Int32Array(size),
    addedBy: new Map(),
    filled: 0,
  };
}

function targetNodes(
  pattern: string,
  nodeByName: ReadonlyMap<string, number>,
  path: ScenarioPath,
  problems: Problems,
): number[] {
  const matched = matchNames(pattern, nodeByName, 'node');
  if (!(matched instanceof NoMatch)) return matched;
  problems.unresolved([...path, 'node'], matched);
  return [];
}

function addGroup(
  table: GrowingTable,
  name: string,
  section: GroupSection,
  replicas: number,
  nodes: number[],
): void {
  const number = table.groups.length;
  const first = table.filled;
  const group: PodGroup = {
    name,
    listen: section.listen,
    qdisc: section.qdisc,
    first,
    replicas,
    added: [],
    path: ['pods', name],
  };
  table.groups.push(group);
  table.groupByName.set(name, number);
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const turn =
      section.per_node === undefined ? ordinal % nodes.length : Math.floor(ordinal / section.per_node);
    append(table, number, ordinal, nodes[turn]);
  }
}

function append(table: GrowingTable, group: number, ordinal: number, node: number): number {
  const place = table.filled++;
  table.group[place] = group;
  table.ordinal[place] = ordinal;
  table.node[place] = node;
  return place;
}

/** The additions in the order of time, which is the order in which addresses are handed out. */
function readAdditions(
  scenario: Scenario,
  nodeByName: ReadonlyMap<string, number>,
  problems: Problems,
): Addition[] {
  const groups = new Map(Object.keys(scenario.pods).map((name, index) => [name, index]));
  const events = [...scenario.events.entries()].sort(([, a], [, b]) => a.at - b.at);
  const additions: Addition[] = [];
  for (const [event, { pod_add: addition }] of events) {
    if (addition === undefined) continue;
    const path = ['events', event, 'pod_add'];
    const group = groups.get(addition.like);
    const node = addition.node === undefined ? undefined : nodeByName.get(addition.node);
    if (group === undefined) {
      const nearest = () => nearestName(addition.like, groups.keys());
      problems.error([...path, 'like'], `there are no pods "${addition.like}"`, { nearest, reference: true });
    } else if (addition.node !== undefined && node === undefined) {
      const nearest = () => nearestName(String(addition.node), nodeByName.keys());
      problems.error([...path, 'node'], `there is no node "${addition.node}"`, { nearest, reference: true });
    } else {
      additions.push({ event, group, node });
    }
  }
  return additions;
}

function addPod(table: GrowingTable, addition: Addition, nodes: number[]): void {
  if (nodes.length === 0) return;
  const group = table.groups[addition.group];
  const ordinal = group.replicas + group.added.length;
  const place = append(table, addition.group, ordinal, addition.node ?? nodes[ordinal % nodes.length]);
  group.added.push(place);
  table.addedBy.set(addition.event, place);
}
