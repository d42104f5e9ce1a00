import type { PointResults } from '../../study/results/point-results.ts';
import type { StudyResults } from '../../study/results/read-results.ts';
import type { FigureSection } from '../../study/schema/figure.ts';
import type { ParameterValue } from '../../study/schema/study.ts';
import { type Chart, type ChartLine, type ChartPoint, LINES_MAX } from './chart.ts';
import { parameterAxis } from './parameter-axis.ts';

const PERCENTILES = ['p50', 'p90', 'p99', 'p999'];

/** The figure that stands for the study: its own, or its first metric over its first parameter. */
export function mainFigure({ manifest, points }: StudyResults): Chart | undefined {
  const x = Object.keys(manifest.parameters)[0];
  if (x === undefined) return undefined;
  return figureChart(
    { manifest, points },
    manifest.figure ?? { ...plainFigure(x), y: [manifest.metrics[0]] },
  );
}

/** Each of the metrics over the first parameter, but the one that the main figure shows already. */
export function metricCharts(results: StudyResults): Chart[] {
  const { figure, metrics, parameters } = results.manifest;
  const x = figure?.x ?? Object.keys(parameters)[0];
  if (x === undefined) return [];
  const shown = figure?.y ?? [metrics[0]];
  const others = metrics.filter((name) => !shown.includes(name));
  const like = { ...plainFigure(x), x_scale: figure?.x_scale ?? 'linear' };
  return others.map((name) => figureChart(results, { ...like, y: [name], title: name }));
}

/**
 * The percentiles of each traffic's delay over the first parameter, a chart for each combination of the
 * others.
 */
export function percentileCharts(results: StudyResults): Chart[] {
  const { kinds, figure, parameters } = results.manifest;
  const x = figure?.x ?? Object.keys(parameters)[0];
  if (x === undefined) return [];
  const distributions = new Set(
    Object.keys(kinds).flatMap((name) => (name.endsWith('.p999') ? [name.slice(0, -'.p999'.length)] : [])),
  );
  return [...distributions].flatMap((name) =>
    groupsBeside(results.points, [x]).map(({ label, points }) => {
      const y = PERCENTILES.map((percentile) => `${name}.${percentile}`);
      const title = label === '' ? name : `${name}, ${label}`;
      const like = { ...plainFigure(x), x_scale: figure?.x_scale ?? ('linear' as const) };
      return figureChart({ ...results, points }, { ...like, y, title, y_scale: 'log' });
    }),
  );
}

function plainFigure(x: string): FigureSection {
  return { x, y: [], x_scale: 'linear', y_scale: 'linear' };
}

function figureChart({ manifest, points }: StudyResults, figure: FigureSection): Chart {
  const { axis, place } = parameterAxis(
    figure.x_label ?? figure.x,
    manifest.parameters[figure.x],
    figure.x_scale,
  );
  const lines: ChartLine[] = [];
  const groups = groupsBeside(points, [figure.x]);
  for (const group of groups) {
    for (const metric of figure.y) {
      const name = [groups.length > 1 ? group.label : '', figure.y.length > 1 ? metric : ''];
      const line = group.points.map((point) => placed(place(point.parameters[figure.x]), point, metric));
      line.sort((a, b) => a.x - b.x);
      lines.push({
        name: name.filter((part) => part !== '').join(', ') || metric,
        points: line,
        marked: true,
      });
    }
  }
  return {
    title: figure.title ?? manifest.title,
    x: axis,
    y: {
      label: figure.y_label ?? (figure.y.length === 1 ? figure.y[0] : commonPart(figure.y)),
      scale: figure.y_scale,
      kind: manifest.kinds[figure.y[0]],
    },
    lines: lines.slice(0, LINES_MAX),
  };
}

function placed(x: number, point: PointResults, metric: string): ChartPoint {
  const { mean, halfWidth } = point.estimates[metric];
  if (mean === null || halfWidth === null) return { x, y: mean };
  return { x, y: mean, low: mean - halfWidth, high: mean + halfWidth };
}

/** `load.latency` of `load.latency.p50` and `load.latency.p99`. */
function commonPart(names: readonly string[]): string {
  const parts = names[0].split('.');
  while (parts.length > 0 && !names.every((name) => name.startsWith(`${parts.join('.')}.`))) parts.pop();
  return parts.length > 0 ? parts.join('.') : names.join(', ');
}

export interface PointGroup {
  /** `routes = per-pod`; empty where there is nothing to tell groups apart. */
  label: string;
  points: PointResults[];
}

/** Points that differ in these parameters alone, together. */
export function groupsBeside(points: readonly PointResults[], apart: readonly string[]): PointGroup[] {
  const groups = new Map<string, PointGroup>();
  for (const point of points) {
    const others = Object.entries(point.parameters).filter(([name]) => !apart.includes(name));
    const label = others.map(([name, value]: [string, ParameterValue]) => `${name} = ${value}`).join(', ');
    const group = groups.get(label);
    if (group === undefined) groups.set(label, { label, points: [point] });
    else group.points.push(point);
  }
  return [...groups.values()];
}
