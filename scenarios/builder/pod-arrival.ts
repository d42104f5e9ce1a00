import type { ClusterPlan } from '../plan.ts';
import type { BuiltNetwork } from './build-network.ts';
import { type BuiltTraffic, openPortsOf } from './build-traffic.ts';
import { type OpenCapture, watchArrivals } from './open-captures.ts';

/** What waits for pods. */
export interface PodArrivals {
  built: BuiltNetwork;
  plan: ClusterPlan;
  traffic: readonly BuiltTraffic[];
  captures: readonly OpenCapture[];
}

/** A pod is there, with its address: what waits for it goes on, captures, ports, traffic. */
export function podHasCome({ built, plan, traffic, captures }: PodArrivals, pod: number): void {
  watchArrivals(built, captures);
  openPortsOf(built, plan, traffic, pod);
  const endpoint = plan.hosts.length + pod;
  for (const { pairs, starter } of traffic) {
    for (const pair of pairs) {
      const waited = pair.from === endpoint || (plan.weave !== undefined && pair.to === endpoint);
      if (waited && pair.canBegin) pair.begin(starter);
    }
  }
}

/** A pod is about to go: what it sends ends. */
export function podGoes({ plan, traffic }: PodArrivals, pod: number): void {
  const endpoint = plan.hosts.length + pod;
  for (const { pairs } of traffic) {
    for (const pair of pairs) if (pair.needs(endpoint)) pair.cancel();
  }
}

/** Brings pods and takes them away, while the run goes on. */
export interface PodNetwork {
  add(pod: number): void;
  remove(pod: number): void;
  /** Kills the plugin's agent on a node, where there is one, and starts it again with what it has kept. */
  stopAgent?(node: number): void;
  startAgent?(node: number): void;
}
