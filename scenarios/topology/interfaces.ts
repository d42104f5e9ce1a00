import { nearestName } from '../nearest-name.ts';
import type { Scenario } from '../schema/scenario.ts';
import { vethName } from './derived-mac.ts';
import { matchesGlob } from './glob.ts';
import { matchNames } from './match-hosts.ts';
import { matchPods } from './match-pods.ts';
import { NoMatch } from './no-match.ts';
import { podName } from './pod-names.ts';
import type { Topology } from './topology.ts';
import { WEAVE_INTERFACES, weaveVethName } from './weave-interfaces.ts';

/** The bridge of a LAN switch, as the switch's namespace names it. */
export const switchBridge = 'br-lan';

/** An interface by the names of its namespace and itself. */
export interface InterfaceName {
  namespace: string;
  interface: string;
  /** The node that the namespace is, or that its pod runs on; the name of the namespace itself for others. */
  node: string;
}

/** Finds interfaces of nodes, routers, LAN switches and pods by `HOST:INTERFACE` or `pod/NAME:INTERFACE`. */
export class InterfaceFinder {
  private readonly namespacesByPrefix = new Map<string, Map<string, number>>();
  /** Made when first asked for. */
  private podsOfNode: number[][] | undefined;

  constructor(
    private readonly scenario: Scenario,
    private readonly topology: Topology,
  ) {}

  /** All interfaces that the reference stands for. */
  find(reference: string): InterfaceName[] | NoMatch {
    const [, prefix = '', name, pattern] = /^(?:(pod|node|router|lan)\/)?([^:]*):(.*)$/.exec(reference)!;
    if (prefix === 'pod') return this.ofPods(name, pattern, reference);
    const namespaces = this.namespaces(prefix);
    const matched = matchNames(name, namespaces, prefix || 'node, router or LAN');
    const slash = prefix === '' ? '' : `${prefix}/`;
    if (matched instanceof NoMatch) return matched.rewrite((nearest) => `${slash}${nearest}:${pattern}`);
    const found: InterfaceName[] = [];
    for (const place of matched) {
      const [namespace, names] = this.interfacesOf(place);
      for (const one of names) {
        if (matchesGlob(pattern, one)) found.push({ namespace, interface: one, node: namespace });
      }
    }
    if (found.length > 0) return found;
    return new NoMatch(`"${name}" has no interface "${pattern}"`, () => {
      const names = matched.slice(0, 100).flatMap((place) => this.interfacesOf(place)[1]);
      const nearest = nearestName(pattern, names);
      return nearest && `${slash}${name}:${nearest}`;
    });
  }

  private ofPods(name: string, pattern: string, reference: string): InterfaceName[] | NoMatch {
    const { pods, hosts } = this.topology;
    const matched = matchPods(name, pods);
    if (matched instanceof NoMatch) return matched.rewrite((nearest) => `pod/${nearest}:${pattern}`);
    const names = ['eth0', 'lo'].filter((one) => matchesGlob(pattern, one));
    if (names.length === 0)
      return new NoMatch(`"${reference}" matches no interface`, () => `pod/${name}:eth0`);
    const found: InterfaceName[] = [];
    for (const pod of matched) {
      const node = hosts[pods.node[pod]].name;
      for (const one of names) found.push({ namespace: podName(pods, pod), interface: one, node });
    }
    return found;
  }

  /** Places of hosts, and behind them those of LANs. */
  private namespaces(prefix: string): Map<string, number> {
    const known = this.namespacesByPrefix.get(prefix);
    if (known !== undefined) return known;
    const { hosts, hostByName, lanByName } = this.topology;
    const result = new Map<string, number>();
    for (const [name, index] of hostByName) {
      if (prefix === '' || prefix === hosts[index].kind) result.set(name, index);
    }
    if (prefix === '' || prefix === 'lan') {
      for (const [name, index] of lanByName) result.set(name, hosts.length + index);
    }
    this.namespacesByPrefix.set(prefix, result);
    return result;
  }

  private interfacesOf(place: number): [namespace: string, names: string[]] {
    const { hosts, lans, pods } = this.topology;
    if (place >= hosts.length) {
      const lan = lans[place - hosts.length];
      return [lan.name, ['lo', switchBridge, ...lan.ports.map((port) => port.name)]];
    }
    const host = hosts[place];
    const names = ['lo', ...host.nics.map((nic) => nic.name)];
    if (host.kind === 'node' && this.scenario.cni !== undefined) {
      names.push(...WEAVE_INTERFACES);
      for (const pod of this.podsOn(place)) names.push(weaveVethName(pods, pod));
    } else if (host.kind === 'node' && pods.groups.length > 0) {
      names.push(this.scenario.pod_network.bridge);
      for (const pod of this.podsOn(place)) names.push(vethName(pods.address[pod]));
    }
    return [host.name, names];
  }

  private podsOn(node: number): number[] {
    const { pods, nodeCount } = this.topology;
    if (this.podsOfNode === undefined) {
      this.podsOfNode = Array.from({ length: nodeCount }, () => []);
      for (let pod = 0; pod < pods.initial; pod++) this.podsOfNode[pods.node[pod]].push(pod);
    }
    return this.podsOfNode[node];
  }
}
