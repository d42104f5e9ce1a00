import type { StudyResults } from '../../study/results/read-results.ts';
import type { SummaryOptions } from '../summary.ts';
import { type Cell, renderTable } from '../table.ts';
import { countOf, formatDuration, formatPercent } from '../units.ts';
import { formatEstimate } from './format-metric.ts';

/** Columns of figures beside each other; what is left goes into another table. */
const FIGURES_ABREAST = 3;

/** The figures of a study as tables for a terminal. */
export function renderStudyText({ manifest, points }: StudyResults, options: SummaryOptions): string {
  const { colors } = options;
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const incomplete = manifest.complete ? '' : colors.yellow('  incomplete');
  const what =
    runs > points.length
      ? `; means with their ${formatPercent(manifest.confidence)} confidence intervals`
      : '';
  const head = [
    `${colors.bold(manifest.title)}${incomplete}`,
    `  ${countOf(points.length, 'point')}, ${countOf(runs, 'run')}${what}`,
  ];
  const tables: string[][] = [];
  for (let from = 0; from < manifest.metrics.length; from += FIGURES_ABREAST) {
    const metrics = manifest.metrics.slice(from, from + FIGURES_ABREAST);
    tables.push(figureTable({ manifest, points }, metrics, options));
  }
  const parts = [head, ...tables, notes({ manifest, points }, options)].filter((part) => part.length > 0);
  return `${parts.map((part) => part.join('\n')).join('\n\n')}\n`;
}

function figureTable(
  { manifest, points }: StudyResults,
  metrics: string[],
  options: SummaryOptions,
): string[] {
  const right = 'right' as const;
  const names = Object.keys(manifest.parameters);
  const columns = [
    ...names.map((title) => ({ title, align: right })),
    { title: 'runs', align: right },
    ...metrics.map((title) => ({ title, align: right })),
  ];
  const rows = points.map((point): Cell[] => {
    const text = String(point.runs.length);
    const runs = point.precise === false ? { text: `${text} *`, dress: options.colors.yellow } : text;
    return [
      ...names.map((name) => String(point.parameters[name])),
      runs,
      ...metrics.map((name) => formatEstimate(point.estimates[name], manifest.kinds[name])),
    ];
  });
  return renderTable(columns, rows, options);
}

function notes({ points }: StudyResults, { colors }: SummaryOptions): string[] {
  const lines: string[] = [];
  if (points.some(({ precise }) => precise === false)) {
    lines.push(colors.yellow('  * the wanted precision is not reached'));
  }
  const warmups = points.flatMap(({ warmup }) => warmup ?? []);
  if (warmups.length > 0) {
    const [least, most] = [Math.min(...warmups), Math.max(...warmups)];
    lines.push(`  warm-up by MSER-5: from ${formatDuration(least)} to ${formatDuration(most)}`);
  }
  const unsettled = points.filter(({ settled }) => !settled);
  if (unsettled.length > 0) {
    const which = `${unsettled.length} of ${points.length} points, such as ${unsettled[0].label}`;
    lines.push(colors.yellow(`  not settled in the first half of the run: ${which}`));
  }
  return lines;
}
