import { measureBase } from './base.ts';
import { countBytesMade } from './bytes-made.ts';
import { runCapture } from './capture.ts';
import { benchChain } from './chain.ts';
import { benchCluster } from './cluster.ts';
import { takeCounters } from './counters.ts';
import { benchLookup } from './lookup.ts';
import { benchQueue } from './queue.ts';
import { wholeRun } from './whole-run.ts';

/** Everything that is measured in a process of its own, by name. */
const TASKS = {
  base: measureBase,
  'bytes-made': countBytesMade,
  capture: runCapture,
  chain: benchChain,
  cluster: benchCluster,
  counters: takeCounters,
  lookup: benchLookup,
  queue: benchQueue,
  'whole-run': wholeRun,
};

export type Tasks = typeof TASKS;

// node child.js NAME OPTIONS: does one of them, its result on stdout as JSON
const [name, options] = process.argv.slice(2);
if (name !== undefined) {
  const task = TASKS[name as keyof Tasks] as (options: unknown) => unknown;
  process.stdout.write(JSON.stringify(await task(JSON.parse(options))));
}
