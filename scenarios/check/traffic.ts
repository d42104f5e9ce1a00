import type { ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { printDuration } from '../schema/units.ts';
import { type EndpointSet, matchEndpoints } from '../topology/endpoints.ts';
import { countPairs } from '../topology/pairs.ts';
import { hostAddress, type Topology } from '../topology/topology.ts';

/** Senders and receivers exist, and something is sent during the run. */
export function checkTraffic(scenario: Scenario, topology: Topology, problems: Problems): void {
  let pairs = 0;
  for (const [name, traffic] of Object.entries(scenario.traffic)) {
    const path = ['traffic', name];
    const from = readSet(traffic.from, topology, [...path, 'from'], problems);
    const to = readSet(traffic.to, topology, [...path, 'to'], problems);
    if (from?.addresses.length) {
      const expected = 'pod/NAME, node/NAME or router/NAME';
      problems.error([...path, 'from'], 'an address does not say who sends', { expected });
    }
    const stop = traffic.stop ?? scenario.stop;
    if (traffic.start >= stop && traffic.stop !== undefined) {
      problems.error([...path, 'stop'], `it stops at ${printDuration(stop)}, not after its start`);
    } else if (traffic.start >= scenario.stop) {
      const message = `it starts at ${printDuration(traffic.start)}, after the run (${printDuration(scenario.stop)})`;
      problems.warning([...path, 'start'], message);
    }
    if (traffic.kind === 'udp' && typeof traffic.size === 'object' && traffic.size.uniform !== undefined) {
      const [low, high] = traffic.size.uniform;
      if (low > high) problems.error([...path, 'size', 'uniform'], 'the first size is above the second');
    }
    if (from === undefined || to === undefined || from.addresses.length > 0) continue;
    const count = countPairs(traffic.pattern, from, to);
    pairs += count;
    if (count === 0)
      problems.error(path, 'nobody sends: senders and receivers are the same one', { at: 'key' });
  }
  if (pairs <= limits.flows) return;
  problems.error(['traffic'], `${pairs} pairs of sender and receiver`, {
    expected: `at most ${limits.flows}`,
  });
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
