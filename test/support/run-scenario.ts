import type { EventQueue } from '../../engine/event-queue.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { type FlowResult, type RunResult, ScenarioRun } from '../../scenarios/index.ts';
import type { LoadOptions } from '../../scenarios/loader.ts';
import { planOf } from '../scenarios/load.ts';

/** A scenario's run, at its beginning; its files go nowhere. */
export function startScenario(
  text: string,
  options: LoadOptions = {},
  queue: EventQueue = new WheelQueue(),
): ScenarioRun {
  return new ScenarioRun(planOf(text, options), { queue, openFile: () => () => {}, runCommand: () => {} });
}

/** Runs a scenario to its end. */
export function runScenario(text: string, options: LoadOptions = {}): RunResult {
  const run = startScenario(text, options);
  run.run();
  return run.result();
}

/** The figures of the only traffic of a result, or of the one of that name. */
export function flowOf({ flows }: RunResult, name = flows[0].name): FlowResult {
  const flow = flows.find((one) => one.name === name);
  if (flow === undefined) throw new Error(`there is no traffic ${name}`);
  return flow;
}

/** Two nodes with a pod each, `a-0` and `b-0`, and traffic between them. */
export function twoPods(
  traffic: string,
  rest = '',
  link = 'rate: 20Mbit, delay: 1ms, queue: 64 packets',
): string {
  return `name: two
stop: 3s
cluster:
  nodes:
    node[1-2]: { address: 192.168.1.11/24 }
  links:
    - { endpoints: ["node*:eth0", lan], ${link} }
pods:
  a: { node: node1 }
  b: { node: node2 }
traffic:
${traffic.replace(/^/gm, '  ')}
${rest}`;
}
