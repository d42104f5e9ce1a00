import { buildScenario } from './build-scenario.ts';
import { clusterScenario, SEND_INTERVAL } from './cluster-scenario.ts';
import { residentBytes } from './resident.ts';
import { runPart } from './run-part.ts';

/** What a process that has done everything that a cluster's does, with next to no cluster, has resident (`residentBytes`). */
export interface BaseSize {
  built: number;
  run: number;
}

/** Datagrams per pod: enough that the code is compiled as it is in a long run. */
const PACKETS = 100_000;

export function measureBase(): BaseSize {
  const { run } = buildScenario(clusterScenario({ nodes: 2, pods: 1, stop: PACKETS * SEND_INTERVAL }));
  const built = residentBytes();
  runPart(run, PACKETS * SEND_INTERVAL);
  return { built, run: residentBytes() };
}
