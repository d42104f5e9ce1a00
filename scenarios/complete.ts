import type { Scenario } from './schema/scenario.ts';

/**
 * Fills in the defaults that depend on other keys, which a schema cannot: where pods run and how many, and that no
 * plugin is none.
 */
export function completeScenario(scenario: Scenario): Scenario {
  const pods: Scenario['pods'] = {};
  for (const [name, group] of Object.entries(scenario.pods)) {
    pods[name] = { ...group };
    if (group.per_node === undefined) pods[name].replicas ??= 1;
    if (group.node === undefined) pods[name].spread ??= 'node';
  }
  const cni = scenario.cni?.type === 'none' ? undefined : scenario.cni;
  return { ...scenario, cni, pods };
}
