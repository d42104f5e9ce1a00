import type { PointResults } from '../../study/results/point-results.ts';
import type { StudyResults } from '../../study/results/read-results.ts';
import type { Histogram } from '../../study/run-job.ts';
import { type Chart, type ChartLine, LINES_MAX } from './chart.ts';
import { groupsBeside } from './study-charts.ts';

/** Buckets of a drawn distribution function: more are not seen. */
const STEPS = 120;
/** Delays further apart than this are drawn on a logarithmic scale. */
const WIDE = 20;

/**
 * The distribution functions of each traffic's delays: a line for each point, a chart for each few of them.
 */
export function distributionCharts({ manifest, points }: StudyResults): Chart[] {
  const flows = [...new Set(points.flatMap(({ histograms }) => Object.keys(histograms)))];
  const x = manifest.figure?.x ?? Object.keys(manifest.parameters)[0];
  const groups =
    points.length > LINES_MAX && x !== undefined ? groupsBeside(points, [x]) : [{ label: '', points }];
  return flows.flatMap((flow) =>
    groups.flatMap((group) => {
      const title = group.label === '' ? `Delay of ${flow}` : `Delay of ${flow}, ${group.label}`;
      const name = (point: PointResults) =>
        group.label === '' ? point.label : `${x} = ${point.parameters[x as string]}`;
      const lines = evenly(group.points, LINES_MAX).flatMap((point) => lineOf(point, flow, name(point)));
      return lines.length === 0 ? [] : [chartOf(title, lines)];
    }),
  );
}

function lineOf(point: PointResults, flow: string, name: string): ChartLine[] {
  const histogram = point.histograms[flow] ?? [];
  if (histogram.length === 0) return [];
  return [{ name: name === '' ? flow : name, points: distribution(histogram), marked: false }];
}

/** The part of the values that are not above x, at both ends of buckets: nothing lies between two of them. */
function distribution(histogram: Histogram): ChartLine['points'] {
  const total = histogram.reduce((sum, [, , count]) => sum + count, 0);
  let seen = 0;
  const steps = histogram.map(([low, high, count]) => {
    const before = seen;
    seen += count;
    return [
      { x: low, y: before / total },
      { x: high, y: seen / total },
    ];
  });
  return evenly(steps, STEPS).flat();
}

function chartOf(title: string, lines: ChartLine[]): Chart {
  const xs = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const [least, most] = [Math.max(1, Math.min(...xs)), Math.max(...xs)];
  return {
    title,
    x: { label: 'delay', scale: most / least > WIDE ? 'log' : 'linear', kind: 'duration' },
    y: { label: 'part of the packets', scale: 'linear', kind: 'percent' },
    lines,
  };
}

/** At most so many of them, the first and the last among them. */
function evenly<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, at) => items[Math.round((at * (items.length - 1)) / (most - 1))]);
}
