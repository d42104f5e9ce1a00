import { buildScenario } from './build-scenario.ts';
import { clusterScenario, SEND_INTERVAL } from './cluster-scenario.ts';
import { runPart } from './run-part.ts';

/** Resident bytes of a process that has done everything that a cluster's does, with next to no cluster. */
export interface BaseSize {
  built: number;
  run: number;
}

/**
 * A cluster that was there before and is gone. What V8 keeps for young objects grows to its working size while any cluster of
 * this size or more is built, and stays: it is no pod's. (Loading a thousand modules, before the program was a bundle,
 * made it grow as well.)
 */
const EARLIER = { nodes: 100, pods: 100, stop: SEND_INTERVAL };

/** Datagrams per pod: enough that the code is compiled as it is in a long run. */
const PACKETS = 100_000;

export function measureBase(): BaseSize {
  buildScenario(clusterScenario(EARLIER));
  if (globalThis.gc === undefined) throw new Error('this needs node --expose-gc');
  globalThis.gc();
  const { run } = buildScenario(clusterScenario({ nodes: 2, pods: 1, stop: PACKETS * SEND_INTERVAL }));
  const built = process.memoryUsage.rss();
  runPart(run, PACKETS * SEND_INTERVAL);
  return { built, run: process.memoryUsage.rss() };
}
