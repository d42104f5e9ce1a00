import { CONGESTION_CONTROLS } from '../../models/transport/tcp/congestion-controls.ts';
import { quote, type ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { printDuration } from '../schema/units.ts';
import { type EndpointSet, matchEndpoints } from '../topology/endpoints.ts';
import { countPairs } from '../topology/pairs.ts';
import { hostAddress, type Topology } from '../topology/topology.ts';

type Traffic = Scenario['traffic'][string];

/** Senders and receivers exist, and something is sent during the run. */
export function checkTraffic(scenario: Scenario, topology: Topology, problems: Problems): void {
  let pairs = 0;
  for (const [name, traffic] of Object.entries(scenario.traffic)) {
    const path = ['traffic', name];
    checkTimes(traffic, scenario, path, problems);
    checkKeys(traffic, path, problems);
    pairs +=
      traffic.kind === 'trace'
        ? (topology.inputs.traces.get(name)?.pairs.length ?? 0)
        : checkEndpoints(traffic, topology, path, problems);
  }
  if (pairs <= limits.flows) return;
  problems.error(['traffic'], `${pairs} pairs of sender and receiver`, {
    expected: `at most ${limits.flows}`,
  });
}

/** Answers how many pairs of sender and receiver there are. */
function checkEndpoints(
  traffic: Exclude<Traffic, { kind: 'trace' }>,
  topology: Topology,
  path: ScenarioPath,
  problems: Problems,
): number {
  const from = readSet(traffic.from, topology, [...path, 'from'], problems);
  const to = readSet(traffic.to, topology, [...path, 'to'], problems);
  if (from?.addresses.length) {
    const expected = 'pod/NAME, node/NAME or router/NAME';
    problems.error([...path, 'from'], 'an address does not say who sends', { expected });
  }
  if (traffic.kind === 'incast' && to?.addresses.length) {
    const expected = 'pod/NAME, node/NAME or router/NAME';
    problems.error([...path, 'to'], 'an address does not say who asks the senders', { expected });
    return 0;
  }
  if (from === undefined || to === undefined || from.addresses.length > 0) return 0;
  const count = countPairs(traffic.pattern, from, to);
  if (count === 0) {
    problems.error(path, 'nobody sends: senders and receivers are the same one', { at: 'key' });
  }
  return count;
}

/** Something is sent during the run. */
function checkTimes(traffic: Traffic, scenario: Scenario, path: ScenarioPath, problems: Problems): void {
  const stop = traffic.stop ?? scenario.stop;
  if (traffic.start >= stop && traffic.stop !== undefined) {
    problems.error([...path, 'stop'], `it stops at ${printDuration(stop)}, not after its start`);
  } else if (traffic.start >= scenario.stop) {
    const message = `it starts at ${printDuration(traffic.start)}, after the run (${printDuration(scenario.stop)})`;
    problems.warning([...path, 'start'], message);
  }
}

/** What a schema cannot check in the keys that only some kinds have. */
function checkKeys(traffic: Traffic, path: ScenarioPath, problems: Problems): void {
  if (traffic.kind === 'udp') checkSize(traffic.size, [...path, 'size'], problems);
  if (traffic.kind === 'request') {
    checkSize(traffic.request, [...path, 'request'], problems);
    checkSize(traffic.response, [...path, 'response'], problems);
  }
  if ('congestion_control' in traffic) {
    const name = traffic.congestion_control;
    if (name === undefined || CONGESTION_CONTROLS.includes(name)) return;
    problems.error([...path, 'congestion_control'], `there is no congestion control ${quote(name)}`, {
      expected: `one of ${CONGESTION_CONTROLS.join(', ')}`,
      nearest: () => nearestName(name, CONGESTION_CONTROLS),
    });
  }
}

function checkSize(
  size: number | { uniform?: [number, number] },
  path: ScenarioPath,
  problems: Problems,
): void {
  if (typeof size === 'number' || size.uniform === undefined) return;
  const [low, high] = size.uniform;
  if (low > high) problems.error([...path, 'uniform'], 'the first size is above the second');
}

function readSet(
  references: string | string[],
  topology: Topology,
  path: ScenarioPath,
  problems: Problems,
): EndpointSet | undefined {
  const set = matchEndpoints(references, topology);
  if ('problem' in set) {
    const place = set.position === undefined ? path : [...path, set.position];
    problems.unresolved(place, set.problem);
    return undefined;
  }
  for (const endpoint of set.endpoints) {
    if (endpoint >= topology.hosts.length) continue;
    const host = topology.hosts[endpoint];
    if (hostAddress(host) !== undefined) continue;
    problems.error(path, `${host.name} has no address`);
    return undefined;
  }
  return set;
}
