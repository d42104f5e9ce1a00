import type { PointResults } from '../../study/results/point-results.ts';
import type { StudyResults } from '../../study/results/read-results.ts';
import { escapeHtml } from '../escape-html.ts';
import { formatEstimate, formatMetric } from '../study/format-metric.ts';

/** Rows of drops of one point at most. */
const DROPS_MAX = 20;

/** All points with their figures. */
export function renderPointTable({ manifest, points }: StudyResults): string {
  const names = Object.keys(manifest.parameters);
  const head = [...names, 'runs', ...manifest.metrics].map((title) => `<th>${escapeHtml(title)}</th>`);
  const rows = points.map((point) => {
    const cells = [
      ...names.map((name) => String(point.parameters[name])),
      `${point.runs.length}${point.precise === false ? ' *' : ''}`,
      ...manifest.metrics.map((name) => formatEstimate(point.estimates[name], manifest.kinds[name])),
    ];
    return `<tr>${cells.map((text) => `<td>${escapeHtml(text)}</td>`).join('')}</tr>`;
  });
  return table(head, rows);
}

/**
 * What is shown of one point at a time: the choice of it, its command, its time series, where it lost
 * packets.
 */
export function renderPointParts({ points }: StudyResults): string {
  const options = points.map(({ label }, index) => `<option value="${index}">${escapeHtml(label)}</option>`);
  const choice =
    points.length > 1 ? `<label>Point <select id="point">${options.join('')}</select></label>` : '';
  const commands = points.map((point, index) => pointPart(index, renderCommand(point)));
  const drops = points.map((point, index) => pointPart(index, renderDrops(point)));
  return [
    `<h2>${points.length > 1 ? 'One point' : 'The run'}</h2>`,
    choice,
    ...commands,
    '<div class="charts" id="point-charts"></div>',
    '<h2>Drops by reason and place</h2>',
    ...drops,
  ].join('\n');
}

/** Without the script the first point is shown. */
function pointPart(index: number, content: string): string {
  return `<div data-point="${index}"${index > 0 ? ' hidden' : ''}>${content}</div>`;
}

function renderCommand({ command, runs }: PointResults): string {
  const others = runs.slice(1).map(({ seed }) => seed);
  const seeds =
    others.length === 0
      ? ''
      : `<p class="note">This is the first of its runs; the others have the seeds ${others.join(', ')}.</p>`;
  return `<p>The command that repeats it:</p><pre><code>${escapeHtml(command)}</code></pre>${seeds}`;
}

function renderDrops({ drops, runs, label }: PointResults): string {
  const where = label === '' ? '' : ` with ${label}`;
  if (drops.length === 0) return `<p class="facts">No packet was dropped${escapeHtml(where)}.</p>`;
  const rows = drops
    .slice(0, DROPS_MAX)
    .map(
      (row) =>
        `<tr><td>${escapeHtml(formatMetric(row.packets, 'count'))}</td>` +
        `<td class="text">${escapeHtml(row.reason)}</td>` +
        `<td class="text">${escapeHtml(`${row.namespace}:${row.interface}`)}</td></tr>`,
    );
  const more = drops.length - DROPS_MAX;
  const note = more > 0 ? `<p class="note">${more} more places are left out.</p>` : '';
  const packets = runs.length > 1 ? 'packets per run' : 'packets';
  const head = [`<th>${packets}</th>`, '<th class="text">reason</th>', '<th class="text">at</th>'];
  return table(head, rows) + note;
}

function table(head: readonly string[], rows: readonly string[]): string {
  const lines = `<thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody>`;
  return `<div class="wide"><table>${lines}</table></div>`;
}
