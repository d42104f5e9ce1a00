import type { BenchRow } from './bench-row.ts';
import { CHAIN_INTERVAL, chainScenario } from './chain-scenario.ts';
import { courseFor, lengthOf, steadyRows, steadyRun } from './steady-run.ts';

/** One flow through a line of routers. */
export function benchChain({ routers }: { routers: number }): BenchRow[] {
  const course = courseFor(CHAIN_INTERVAL, routers + 1);
  const measured = steadyRun(chainScenario({ routers, stop: lengthOf(course) }), course);
  return steadyRows('chain', `${routers} router${routers === 1 ? '' : 's'}`, measured);
}
