import type { Problem } from '../diagnostic.ts';
import { InputFiles, READS_NOTHING } from '../input/input-files.ts';
import { readInputs } from '../input/read-inputs.ts';
import { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { emptyTopology, expandTopology } from '../topology/expand-topology.ts';
import type { Topology } from '../topology/topology.ts';
import { checkAddresses } from './addresses.ts';
import { checkCaptures } from './captures.ts';
import { checkCni } from './cni.ts';
import { checkEffort } from './effort.ts';
import { checkEvents } from './events.ts';
import { checkMeasure } from './measure.ts';
import { checkNames } from './names.ts';
import { checkPodNetwork } from './pod-network.ts';
import { checkRoutes } from './routes.ts';
import { checkSubnets } from './subnets.ts';
import { checkSysctls } from './sysctls.ts';
import { checkTraffic } from './traffic.ts';

export interface Checked {
  topology: Topology;
  problems: Problem[];
}

/**
 * Checks what a schema cannot: that addresses, subnets and gateways fit together and that every name refers to
 * something. The topology that it expands for this is what a plan is made of.
 */
export function checkScenario(
  scenario: Scenario,
  files: InputFiles = new InputFiles(READS_NOTHING),
): Checked {
  const problems = new Problems();
  if (!checkEffort(scenario, problems)) return { topology: emptyTopology(), problems: problems.list };
  const topology = expandTopology(scenario, problems);
  checkNames(scenario, topology, problems);
  checkAddresses(topology, problems);
  checkSubnets(scenario, topology, problems);
  checkRoutes(topology, problems);
  checkSysctls(scenario, topology, problems);
  if (scenario.cni === undefined) checkPodNetwork(scenario, topology, problems);
  else checkCni(scenario, topology, problems);
  readInputs(scenario, topology, files, problems);
  checkTraffic(scenario, topology, problems);
  checkEvents(scenario, topology, problems);
  checkMeasure(scenario, problems);
  checkCaptures(scenario, topology, problems);
  return { topology, problems: problems.list };
}
