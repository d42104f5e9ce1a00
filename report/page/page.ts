import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { StudyResults } from '../../study/results/read-results.ts';
import type { Chart } from '../chart/chart.ts';
import { distributionCharts } from '../chart/distribution-charts.ts';
import { mainFigure, metricCharts, percentileCharts } from '../chart/study-charts.ts';
import { timeCharts } from '../chart/time-charts.ts';
import type { Drawing } from '../drawing.ts';
import { escapeHtml, scriptJson } from '../escape-html.ts';
import { countOf, formatDuration, formatPercent } from '../units.ts';
import { renderPointParts, renderPointTable } from './point-parts.ts';
import { pageStyle } from './style.ts';
import { renderTopology } from './topology-svg.ts';

/** Charts of one kind that are shown at most: a study of many points would have hundreds. */
const CHARTS_MAX = 12;
/** Points whose time series are in the page. */
const SERIES_POINTS_MAX = 40;

/**
 * The results of a study as one page that needs nothing else: no network, no other file.
 * @param drawing of the cluster of its first point; undefined where it is not known
 */
export function renderPage(results: StudyResults, drawing: Drawing | undefined): string {
  const { manifest, points } = results;
  const uplot = createRequire(import.meta.url).resolve('uplot');
  const asset = (name: string) => readFileSync(new URL(name, `file://${uplot}`), 'utf8');
  const figure = mainFigure(results);
  const series = points.slice(0, SERIES_POINTS_MAX).map((point) => ({ charts: timeCharts(point) }));
  const sections = [
    section('', figure === undefined ? [] : [chartFrame(figure, 'main')]),
    section(
      'Figures',
      metricCharts(results).map((chart) => chartFrame(chart)),
    ),
    section(
      'Percentiles of the delay',
      percentileCharts(results).map((chart) => chartFrame(chart)),
    ),
    section(
      'Distribution of the delay',
      distributionCharts(results).map((chart) => chartFrame(chart)),
    ),
    `<h2>Points</h2>${renderPointTable(results)}`,
    renderPointParts(results),
    drawing === undefined
      ? ''
      : `<h2>The cluster${points.length > 1 ? ' at the first point' : ''}</h2>${renderTopology(drawing)}`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(manifest.title)} - podwire</title>
<style>${asset('uPlot.min.css')}</style>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escapeHtml(manifest.title)}</h1>
${facts(results)}
${sections.filter((text) => text !== '').join('\n')}
<script type="application/json" id="data">${scriptJson({ points: series })}</script>
<script>${asset('uPlot.iife.min.js')}</script>
<script type="module">${clientScript()}</script>
</body>
</html>
`;
}

function facts({ manifest, points }: StudyResults): string {
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const warmups = points.flatMap(({ warmup }) => warmup ?? []);
  const lines = [
    `<p class="facts">${countOf(points.length, 'point')}, ${countOf(runs, 'run')}. Bars and ± are ` +
      `${formatPercent(manifest.confidence)} confidence intervals (Student's t).</p>`,
  ];
  if (!manifest.complete) lines.push('<p class="warning">Not all runs are there: it was stopped early.</p>');
  if (warmups.length > 0) {
    const range = `${formatDuration(Math.min(...warmups))} to ${formatDuration(Math.max(...warmups))}`;
    lines.push(`<p class="facts">The warm-up, ${range} by MSER-5, is left out.</p>`);
  }
  if (points.some(({ settled }) => !settled)) {
    lines.push('<p class="warning">Some points had not settled in the first half of their run.</p>');
  }
  if (points.some(({ precise }) => precise === false)) {
    lines.push('<p class="warning">Points marked * have not reached the wanted precision.</p>');
  }
  return lines.join('\n');
}

function section(title: string, frames: readonly string[]): string {
  if (frames.length === 0) return '';
  const head = title === '' ? '' : `<h2>${escapeHtml(title)}</h2>`;
  const more = frames.length - CHARTS_MAX;
  const note = more > 0 ? `<p class="note">${more} more charts are left out.</p>` : '';
  return `${head}<div class="charts">${frames.slice(0, CHARTS_MAX).join('\n')}</div>${note}`;
}

function chartFrame(chart: Chart, kind = ''): string {
  const data = `<script type="application/json">${scriptJson(chart)}</script>`;
  const plot = `<div class="plot" data-chart>${data}</div>`;
  return `<section class="chart ${kind}"><h3>${escapeHtml(chart.title)}</h3>${plot}</section>`;
}

/** The page's own script as it is beside this file, without what the compiler adds for debuggers. */
function clientScript(): string {
  const text = readFileSync(new URL('./client.js', import.meta.url), 'utf8');
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, '').replaceAll('</script', '<\\/script');
}
