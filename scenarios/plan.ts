import { checkScenario } from './check/check-scenario.ts';
import { type CapturePlan, planCaptures } from './plan/captures.ts';
import { type EventPlan, planEvents } from './plan/events.ts';
import { type PodNetworkPlan, planPodNetwork } from './plan/pod-network.ts';
import { planThresholds, type ThresholdPlan } from './plan/thresholds.ts';
import { planTraffic, type TrafficPlan } from './plan/traffic.ts';
import { planWeave, type WeavePlan } from './plan/weave.ts';
import type { Scenario } from './schema/scenario.ts';
import type { Topology } from './topology/topology.ts';

/**
 * A scenario with every name resolved and every number in base units (ns, bit/s, bytes, fractions): plain data
 * for whoever builds the network. What there can be millions of is kept in columns (`pods`) or made when asked
 * for: `podInterface`, `podRoutesOf`, `trafficPairs`, `captureInterfaces`.
 */
export interface ClusterPlan extends Topology {
  name: string;
  seed: number;
  /** Nanoseconds. */
  stop: number;
  /** Absent when there are no pods. */
  podNetwork?: PodNetworkPlan;
  /** In place of `podNetwork`: pods get their addresses while it runs. */
  weave?: WeavePlan;
  traffic: TrafficPlan[];
  /** In the order of time. */
  events: EventPlan[];
  measure: Scenario['measure'];
  captures: CapturePlan[];
  thresholds: ThresholdPlan[];
}

/** Makes the plan of a scenario that loaded without errors; `topology` is what loading has expanded. */
export function resolve(
  scenario: Scenario,
  topology: Topology = checkScenario(scenario).topology,
): ClusterPlan {
  return {
    ...topology,
    name: scenario.name,
    seed: scenario.seed,
    stop: scenario.stop,
    podNetwork: planPodNetwork(scenario, topology),
    weave: planWeave(scenario, topology),
    traffic: planTraffic(scenario, topology),
    events: planEvents(scenario, topology),
    measure: scenario.measure,
    captures: planCaptures(scenario, topology),
    thresholds: planThresholds(scenario),
  };
}
