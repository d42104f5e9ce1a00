import { Actor } from '../../engine/actor.ts';
import type { RouteSpec } from '../../models/netns/control-types.ts';
import { setCable } from '../../models/netns/link-control.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Action, EventPlan } from '../plan/events.ts';
import type { ClusterPlan } from '../plan.ts';
import { podName } from '../topology/pod-names.ts';
import { attempt, type BuiltNetwork, routeSpec } from './build-network.ts';
import { type BuiltTraffic, openPortsOf } from './build-traffic.ts';
import { type OpenCapture, watchArrivals } from './open-captures.ts';
import { plugPod } from './plug-pod.ts';

/** How a command line has ended. */
export interface CommandExit {
  status: number;
  stderr: string;
}

/**
 * Starts a command line in a simulated namespace; handed in from above, where the shell is. `onExit` is called
 * once, at once or when simulated time has brought the last program to its end.
 */
export type RunCommand = (
  namespace: NetworkNamespace,
  line: string,
  onExit: (exit: CommandExit) => void,
) => void;

const HAPPENS = 0;
const TAKEN_BACK = 1;

/** Makes the events of the scenario happen, and takes back those that last for a while. */
export class EventSchedule extends Actor {
  private readonly built: BuiltNetwork;
  private readonly plan: ClusterPlan;
  private readonly traffic: readonly BuiltTraffic[];
  private readonly captures: readonly OpenCapture[];
  private readonly runCommand: RunCommand;
  /** What takes an event back, by its place in the plan. */
  private readonly undo = new Map<number, () => void>();

  constructor(
    built: BuiltNetwork,
    plan: ClusterPlan,
    traffic: readonly BuiltTraffic[],
    captures: readonly OpenCapture[],
    runCommand: RunCommand,
  ) {
    super(built.network.simulation);
    this.built = built;
    this.plan = plan;
    this.traffic = traffic;
    this.captures = captures;
    this.runCommand = runCommand;
    for (const [index, event] of plan.events.entries()) {
      this.simulation.schedule(this, event.at, HAPPENS, index);
      if (event.until !== undefined) this.simulation.schedule(this, event.until, TAKEN_BACK, index);
    }
  }

  override handle(kind: number, index: number): void {
    if (kind === TAKEN_BACK) {
      this.undo.get(index)?.();
      this.undo.delete(index);
      return;
    }
    const event = this.plan.events[index];
    this.undo.set(index, this.perform(event, event.action));
  }

  /** Does it; answers what takes it back. */
  private perform(event: EventPlan, action: Action): () => void {
    switch (action.kind) {
      case 'link-down':
      case 'link-up':
        return this.setLinks(action.cables, action.kind === 'link-up');
      case 'sysctl':
        return this.setSysctls(event, action.hosts, action.values);
      case 'route-add':
      case 'route-delete':
        return this.changeRoute(event, action.hosts, routeSpec(action.route), action.kind === 'route-add');
      case 'pod-delete':
        return this.deletePod(action.pod);
      case 'pod-add':
        return this.addPod(action.pod);
      case 'run':
        return this.run(event, action.hosts, action.command);
    }
  }

  private setLinks(cables: readonly number[], up: boolean): () => void {
    for (const cable of cables) setCable(this.built.cables[cable], up);
    return () => {
      for (const cable of cables) setCable(this.built.cables[cable], !up);
    };
  }

  private setSysctls(
    event: EventPlan,
    hosts: readonly number[],
    values: readonly [name: string, value: string][],
  ): () => void {
    const former: (() => void)[] = [];
    for (const host of hosts) {
      const namespace = this.built.hosts[host];
      for (const [name, value] of values) {
        this.attempt(event, `${namespace.name}: sysctl ${name}=${value}`, () => {
          const before = namespace.sysctl(name);
          namespace.setSysctl(name, value);
          former.push(() => namespace.setSysctl(name, before));
        });
      }
    }
    return () => {
      for (const restore of former.reverse()) restore();
    };
  }

  private changeRoute(event: EventPlan, hosts: readonly number[], spec: RouteSpec, add: boolean): () => void {
    const change = (namespace: NetworkNamespace, adds: boolean) => {
      this.attempt(event, `${namespace.name}: route ${adds ? 'add' : 'delete'}`, () => {
        if (adds) namespace.addRoute(spec);
        else namespace.deleteRoute(spec);
      });
    };
    for (const host of hosts) change(this.built.hosts[host], add);
    return () => {
      for (const host of hosts) change(this.built.hosts[host], !add);
    };
  }

  private deletePod(pod: number): () => void {
    const endpoint = this.plan.hosts.length + pod;
    for (const { pairs } of this.traffic) {
      for (const pair of pairs) if (pair.needs(endpoint)) pair.cancel();
    }
    this.built.network.removeNamespace(podName(this.plan.pods, pod));
    this.built.pods[pod] = null;
    return () => {};
  }

  private addPod(pod: number): () => void {
    const namespace = plugPod(this.built, this.plan, pod);
    this.built.pods[pod] = namespace;
    watchArrivals(this.built, this.captures);
    openPortsOf(this.built, this.plan, this.traffic, pod);
    const endpoint = this.plan.hosts.length + pod;
    for (const { pairs, starter } of this.traffic) {
      for (const pair of pairs) if (pair.from === endpoint) pair.begin(namespace, starter);
    }
    return () => {};
  }

  private run(event: EventPlan, hosts: readonly number[], command: string): () => void {
    for (const host of hosts) {
      const namespace = this.built.hosts[host];
      this.runCommand(namespace, command, ({ status, stderr }) => {
        if (status === 0) return;
        this.note(event, `${namespace.name}: "${command}" ended with status ${status}: ${stderr.trim()}`);
      });
    }
    return () => {};
  }

  private attempt(event: EventPlan, what: string, action: () => void): void {
    const problems: string[] = [];
    attempt({ problems }, what, action);
    for (const problem of problems) this.note(event, problem);
  }

  private note(event: EventPlan, problem: string): void {
    this.built.problems.push(`event at ${event.at / 1e9} s: ${problem}`);
  }
}
