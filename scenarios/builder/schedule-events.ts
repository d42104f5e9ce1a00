import { Actor } from '../../engine/actor.ts';
import type { RouteSpec } from '../../models/netns/control-types.ts';
import { setCable } from '../../models/netns/interface/link-control.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Action, EventPlan, LinkChange } from '../plan/events.ts';
import type { ClusterPlan } from '../plan.ts';
import type { Qdisc } from '../schema/qdisc.ts';
import type { Cable } from '../topology/topology.ts';
import { applyQdisc } from './apply-qdisc.ts';
import { attempt, type BuiltNetwork, cableSpec, routeSpec } from './build-network.ts';
import type { PodNetwork } from './pod-arrival.ts';

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
  private readonly pods: PodNetwork;
  private readonly runCommand: RunCommand;
  /** What takes an event back, by its place in the plan. */
  private readonly undo = new Map<number, () => void>();
  /** What cables and interfaces have become by events. */
  private readonly properties = new Map<number, Cable>();
  private readonly qdiscs = new Map<string, Qdisc>();

  constructor(built: BuiltNetwork, plan: ClusterPlan, pods: PodNetwork, runCommand: RunCommand) {
    super(built.network.simulation);
    this.built = built;
    this.plan = plan;
    this.pods = pods;
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
      case 'link-set':
        return this.changeLinks(action.cables, action.change);
      case 'qdisc-set':
        return this.setQdiscs(event, action.nics, action.qdisc);
      case 'sysctl':
        return this.setSysctls(event, action.hosts, action.values);
      case 'route-add':
      case 'route-delete':
        return this.changeRoute(event, action.hosts, routeSpec(action.route), action.kind === 'route-add');
      case 'pod-delete':
        this.pods.remove(action.pod);
        return () => {};
      case 'pod-add':
        this.pods.add(action.pod);
        return () => {};
      case 'weave-stop':
        return this.stopWeave(action.hosts);
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

  /** Properties of a cable as they stand now are what is changed, and what is given back. */
  private changeLinks(cables: readonly number[], change: LinkChange): () => void {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const former = cables.map((cable) => {
      const before = this.properties.get(cable) ?? this.plan.cables[cable];
      this.configure(cable, { ...before, ...given });
      const names = Object.keys(given) as (keyof LinkChange)[];
      return Object.fromEntries(names.map((name) => [name, before[name]]));
    });
    return () => {
      for (const [i, cable] of cables.entries()) {
        this.configure(cable, { ...this.properties.get(cable)!, ...former[i] });
      }
    };
  }

  private configure(cable: number, properties: Cable): void {
    this.properties.set(cable, properties);
    this.built.cables[cable].configure(cableSpec(properties));
  }

  private setQdiscs(
    event: EventPlan,
    nics: readonly { host: number; name: string }[],
    qdisc: Qdisc,
  ): () => void {
    const set = (host: number, name: string, one: Qdisc) => {
      const namespace = this.built.hosts[host];
      const what = `${namespace.name}: qdisc of ${name}`;
      this.attempt(event, what, () => applyQdisc(namespace, name, one));
    };
    const former = nics.map(({ host, name }) => {
      const key = `${host}:${name}`;
      const before = this.qdiscs.get(key) ?? this.plannedQdisc(host, name);
      this.qdiscs.set(key, qdisc);
      set(host, name, qdisc);
      return () => {
        this.qdiscs.set(key, before);
        set(host, name, before);
      };
    });
    return () => {
      for (const restore of former) restore();
    };
  }

  private plannedQdisc(host: number, name: string): Qdisc {
    const nic = this.plan.hosts[host].nics.find((one) => one.name === name)!;
    return nic.given.qdisc ?? this.plan.cables[nic.cable]?.qdisc ?? { kind: 'none' };
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

  private stopWeave(nodes: readonly number[]): () => void {
    for (const node of nodes) this.pods.stopAgent?.(node);
    return () => {
      for (const node of nodes) this.pods.startAgent?.(node);
    };
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
