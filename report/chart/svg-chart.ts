import { escapeHtml } from '../escape-html.ts';
import { formatMetric } from '../study/format-metric.ts';
import type { Axis, Chart, ChartLine } from './chart.ts';
import { PALETTE, paletteCss } from './palette.ts';
import { linearTicks, logTicks, rangeOf } from './ticks.ts';

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 104;
const RIGHT = 24;
const BOTTOM = 58;
const TITLE = 34;
const LEGEND_LINE = 20;
/** Width of a character of the legend, about. */
const CHARACTER = 6.6;
/** Room that a text at the horizontal axis needs. */
const TICK_GAP = 14;

const style = `${paletteCss('svg')}
text{font:12px system-ui,sans-serif;fill:var(--text)}
.title{font-size:15px;font-weight:600}
.muted{fill:var(--muted)}
.grid{stroke:var(--grid)}
.line{fill:none;stroke-width:2}
.error{stroke-width:1.5}`;

/** A chart as an SVG picture that stands for itself, for light and for dark pages. */
export function renderSvgChart(chart: Chart): string {
  const legend = layOutLegend(chart.lines);
  const top = TITLE + legend.height;
  const xs = chart.lines.flatMap(({ points }) => points.map(({ x }) => x));
  const ys = chart.lines.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => [y, low, high].filter((value) => value != null)),
  );
  const x = scaleOf(chart.x, xs, LEFT, WIDTH - RIGHT);
  const y = scaleOf(chart.y, ys, HEIGHT - BOTTOM, top);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
      `aria-label="${escapeHtml(chart.title)}">`,
    `<style>${style}</style>`,
    `<text class="title" x="${LEFT}" y="20">${escapeHtml(chart.title)}</text>`,
    ...legend.parts,
    ...horizontalAxis(chart.x, x, top),
    ...verticalAxis(chart.y, y, top),
    ...chart.lines.flatMap((line, index) => drawLine(line, PALETTE[index % PALETTE.length].name, x, y)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

interface Scale {
  low: number;
  high: number;
  /** Pixels; NaN for what a logarithm does not have. */
  at(value: number): number;
}

function scaleOf(axis: Axis, values: readonly number[], from: number, to: number): Scale {
  const [low, high] = rangeOf(values, axis);
  const on = axis.scale === 'log' ? Math.log10 : (value: number) => value;
  return { low, high, at: (value) => from + ((on(value) - on(low)) / (on(high) - on(low))) * (to - from) };
}

function layOutLegend(lines: readonly ChartLine[]): { parts: string[]; height: number } {
  const parts: string[] = [];
  if (lines.length < 2) return { parts, height: 0 };
  let left = LEFT;
  let line = 0;
  for (const [index, { name }] of lines.entries()) {
    const width = name.length * CHARACTER + 40;
    if (left > LEFT && left + width > WIDTH - RIGHT) {
      left = LEFT;
      line++;
    }
    const y = TITLE + line * LEGEND_LINE + 4;
    const stroke = `var(--${PALETTE[index % PALETTE.length].name})`;
    parts.push(
      `<path class="line" d="M${left} ${y - 4}h18" style="stroke:${stroke}"/>`,
      `<text x="${left + 24}" y="${y}">${escapeHtml(name)}</text>`,
    );
    left += width;
  }
  return { parts, height: (line + 1) * LEGEND_LINE };
}

function horizontalAxis(axis: Axis, scale: Scale, top: number): string[] {
  const parts = [
    `<text class="muted" text-anchor="middle" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}">` +
      `${escapeHtml(axis.label)}</text>`,
  ];
  let free = Number.NEGATIVE_INFINITY;
  for (const { at, text } of ticksOf(axis, scale, 7)) {
    const x = round(scale.at(at));
    const half = (text.length * CHARACTER) / 2;
    if (x - half < free) continue;
    free = x + half + TICK_GAP;
    parts.push(
      `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${HEIGHT - BOTTOM}"/>`,
      `<text text-anchor="middle" x="${x}" y="${HEIGHT - BOTTOM + 18}">${escapeHtml(text)}</text>`,
    );
  }
  return parts;
}

function verticalAxis(axis: Axis, scale: Scale, top: number): string[] {
  const middle = (top + HEIGHT - BOTTOM) / 2;
  const parts = [
    `<text class="muted" text-anchor="middle" transform="translate(14 ${middle}) rotate(-90)">` +
      `${escapeHtml(axis.label)}</text>`,
  ];
  for (const { at, text } of ticksOf(axis, scale, 6)) {
    const y = round(scale.at(at));
    parts.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`,
      `<text text-anchor="end" x="${LEFT - 8}" y="${y + 4}">${escapeHtml(text)}</text>`,
    );
  }
  return parts;
}

function ticksOf(axis: Axis, { low, high }: Scale, count: number): { at: number; text: string }[] {
  if (axis.ticks !== undefined) return axis.ticks;
  const places = axis.scale === 'log' ? logTicks(low, high) : linearTicks(low, high, count);
  return places.map((at) => ({ at, text: formatMetric(at, axis.kind) }));
}

function drawLine({ points, marked }: ChartLine, color: string, x: Scale, y: Scale): string[] {
  const stroke = `style="stroke:var(--${color})"`;
  const places = points.map((point) => ({
    ...point,
    px: round(x.at(point.x)),
    py: point.y === null ? Number.NaN : round(y.at(point.y)),
  }));
  const drawn = places.filter(({ px, py }) => Number.isFinite(px) && Number.isFinite(py));
  const path = drawn.map(({ px, py }, index) => `${index === 0 ? 'M' : 'L'}${px} ${py}`).join('');
  const parts = path === '' ? [] : [`<path class="line" ${stroke} d="${path}"/>`];
  for (const { px, py, low, high } of marked ? drawn : []) {
    if (low !== undefined && high !== undefined && high > low) {
      const [up, down] = [round(y.at(high)), round(y.at(Math.max(low, y.low)))];
      parts.push(
        `<path class="error" ${stroke} d="M${px} ${up}V${down}M${px - 4} ${up}h8M${px - 4} ${down}h8"/>`,
      );
    }
    parts.push(`<circle cx="${px}" cy="${py}" r="3.5" style="fill:var(--${color})"/>`);
  }
  return parts;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
