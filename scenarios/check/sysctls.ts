import { Simulation } from '../../engine/simulation.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { ControlError } from '../../models/netns/control-error.ts';
import { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { matchNames } from '../topology/match-hosts.ts';
import { NoMatch } from '../topology/no-match.ts';
import type { Host, Topology } from '../topology/topology.ts';
import { OncePerPath } from './once-per-path.ts';

/**
 * Kernel parameters exist and take their values. They are tried on a namespace with the same interfaces, since
 * only that knows.
 */
export function checkSysctls(scenario: Scenario, topology: Topology, problems: Problems): void {
  const trial = new Trial(scenario.pod_network.bridge, problems);
  const once = new OncePerPath();
  for (const host of topology.hosts) {
    if (!once.first(host.path)) continue;
    const section = host.kind === 'node' ? scenario.cluster.nodes : scenario.cluster.routers;
    const { sysctls } = section[String(host.path[2])];
    trial.set(host, Object.entries(sysctls), [...host.path, 'sysctls']);
  }
  for (const [index, { sysctl }] of scenario.events.entries()) {
    if (sysctl === undefined) continue;
    const { node, ...values } = sysctl;
    const hosts = matchNames(node, topology.hostByName);
    if (!(hosts instanceof NoMatch)) {
      trial.set(topology.hosts[hosts[0]], Object.entries(values), ['events', index, 'sysctl']);
    }
  }
}

class Trial {
  /** Made for the first parameter: most scenarios have none. */
  private network: Network | undefined;
  private readonly namespaces = new Map<Host, NetworkNamespace>();

  constructor(
    private readonly bridge: string,
    private readonly problems: Problems,
  ) {}

  set(host: Host, values: readonly [name: string, value: string][], path: ScenarioPath): void {
    if (values.length === 0) return;
    const namespace = this.namespaceOf(host);
    for (const [name, value] of values) {
      try {
        namespace.setSysctl(name, value);
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        this.report(namespace, host, error, name, value, [...path, name]);
      }
    }
  }

  private namespaceOf(host: Host): NetworkNamespace {
    const known = this.namespaces.get(host);
    if (known !== undefined) return known;
    this.network ??= new Network(new Simulation(new WheelQueue()), 0);
    const namespace = this.network.addNamespace(`trial ${this.namespaces.size}`);
    const names = new Set([
      ...host.nics.map((nic) => nic.name),
      ...(host.kind === 'node' ? [this.bridge] : []),
    ]);
    names.delete('lo');
    for (const name of names) namespace.addPhysical({ name });
    this.namespaces.set(host, namespace);
    return namespace;
  }

  private report(
    namespace: NetworkNamespace,
    host: Host,
    error: ControlError,
    name: string,
    value: string,
    path: ScenarioPath,
  ): void {
    if (error.errno !== 'ENOENT') {
      this.problems.error(path, `"${value}" is not a value of ${name}`);
      return;
    }
    const nearest = () => nearestName(name, namespace.sysctlNames());
    this.problems.error(path, `${host.name} has no kernel parameter "${name}"`, { at: 'key', nearest });
  }
}
