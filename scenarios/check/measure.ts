import type { ScenarioPath } from '../diagnostic.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import { histogramsOf, metricsOf } from '../schema/metrics.ts';
import type { Scenario } from '../schema/scenario.ts';
import { printDuration } from '../schema/units.ts';

/** Histograms and thresholds name figures that the traffic has. */
export function checkMeasure(scenario: Scenario, problems: Problems): void {
  const { warmup, histograms } = scenario.measure;
  if (warmup >= scenario.stop) {
    const message = `nothing is measured: the warm-up lasts the whole run (${printDuration(scenario.stop)})`;
    problems.warning(['measure', 'warmup'], message);
  }
  for (const [index, name] of histograms.entries()) checkHistogram(name, index, scenario, problems);
  for (const [name, threshold] of Object.entries(scenario.thresholds)) {
    const kind = findMetric(name, scenario, problems);
    if (kind === undefined || kind === threshold.kind) continue;
    const message = `"${name}" is a ${kind}, not a ${threshold.kind}`;
    problems.error(['thresholds', name], message, { expected: `a comparison with ${example[kind]}` });
  }
}

const example = {
  duration: 'a duration: "< 5ms"',
  percent: 'a percentage: "< 1%"',
  rate: 'a rate: "> 1Mbit"',
  count: 'a count: "== 0"',
};

function checkHistogram(name: string, index: number, scenario: Scenario, problems: Problems): void {
  const path = ['measure', 'histograms', index];
  const [flow, histogram] = name.split('.');
  if (!knowsFlow(flow, name, path, scenario, problems)) return;
  const known = histogramsOf[scenario.traffic[flow].kind];
  if (known.includes(histogram)) return;
  const message = `"${name}" is not a distribution of ${scenario.traffic[flow].kind} traffic`;
  problems.error(path, message, { nearest: `${flow}.${nearestName(histogram, known) ?? known[0]}` });
}

function findMetric(name: string, scenario: Scenario, problems: Problems) {
  const path = ['thresholds', name];
  const dot = name.indexOf('.');
  const flow = name.slice(0, dot);
  if (!knowsFlow(flow, name, path, scenario, problems)) return undefined;
  const metrics = metricsOf[scenario.traffic[flow].kind];
  const metric = name.slice(dot + 1);
  const kind = metrics.get(metric);
  if (kind !== undefined) return kind;
  const near = nearestName(metric, metrics.keys());
  const expected = `one of ${[...metrics.keys()].join(', ')}`;
  const message = `${scenario.traffic[flow].kind} traffic has no figure "${metric}"`;
  problems.error(path, message, { at: 'key', expected, nearest: near && `${flow}.${near}` });
  return undefined;
}

function knowsFlow(
  flow: string,
  name: string,
  path: ScenarioPath,
  scenario: Scenario,
  problems: Problems,
): boolean {
  if (Object.hasOwn(scenario.traffic, flow)) return true;
  const nearest = () => {
    const near = nearestName(flow, Object.keys(scenario.traffic));
    return near && near + name.slice(flow.length);
  };
  const at = path[0] === 'thresholds' ? 'key' : 'value';
  problems.error(path, `there is no traffic "${flow}"`, { at, nearest, reference: true });
  return false;
}
