/* The page's own script: draws the charts in the page with uPlot, and those of the point that is chosen. */
const { points } = JSON.parse(document.getElementById('data').textContent);
const HEIGHT = 300;
const drawn = new Map();

/** A number with a unit that suits its size, as the tables have it. */
function format(value, kind) {
  if (value == null) return '–';
  if (kind === 'percent') return `${Number((value * 100).toPrecision(4))}%`;
  const duration = [
    [1e9, ' s'],
    [1e6, ' ms'],
    [1e3, ' us'],
    [1, ' ns'],
  ];
  const decimal = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
    [1, ''],
  ];
  const units = kind === 'duration' ? duration : decimal;
  const [size, unit] = units.find(([least]) => Math.abs(value) >= least) ?? units.at(-1);
  const number = `${Number((value / size).toPrecision(4))}`;
  if (kind === 'duration') return number + unit;
  return kind === 'rate' ? `${number} ${unit}bit/s` : `${number}${unit === '' ? '' : ` ${unit}`}`;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** uPlot wants one row of x for all lines. */
function align(lines, scale) {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  xs.sort((a, b) => a - b);
  const row = new Map(xs.map((x, index) => [x, index]));
  const pick = (line, key) => {
    const values = Array(xs.length).fill(null);
    for (const point of line.points) values[row.get(point.x)] = point[key] ?? null;
    return scale === 'log' ? values.map((value) => (value > 0 ? value : null)) : values;
  };
  return {
    data: [xs, ...lines.map((line) => pick(line, 'y'))],
    low: lines.map((line) => pick(line, 'low')),
    high: lines.map((line) => pick(line, 'high')),
  };
}

/** Draws the interval of each point of each line that is shown. */
function errorBars({ low, high }) {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx } = plot;
        ctx.save();
        ctx.lineWidth = 1.5 * devicePixelRatio;
        for (let line = 0; line < low.length; line++) {
          if (!plot.series[line + 1].show) continue;
          ctx.strokeStyle = color(`c${line % 8}`);
          for (const [index, from] of low[line].entries()) {
            const to = high[line][index];
            if (to == null || from === to) continue;
            const x = plot.valToPos(plot.data[0][index], 'x', true);
            const top = plot.valToPos(to, 'y', true);
            const { top: edge, height } = plot.bbox;
            const bottom =
              from == null ? edge + height : Math.min(plot.valToPos(from, 'y', true), edge + height);
            const cap = 4 * devicePixelRatio;
            ctx.beginPath();
            ctx.moveTo(x, top);
            ctx.lineTo(x, bottom);
            ctx.moveTo(x - cap, top);
            ctx.lineTo(x + cap, top);
            ctx.moveTo(x - cap, bottom);
            ctx.lineTo(x + cap, bottom);
            ctx.stroke();
          }
        }
        ctx.restore();
      },
    },
  };
}

/** Marks of an axis whose places and texts are given: of those that would touch, the first. */
function givenTicks(ticks, width) {
  const space = width / Math.max(1, ticks.at(-1).at - ticks[0].at);
  const kept = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const half = (tick.text.length * 7) / 2 + 4;
    const at = tick.at * space;
    if (at - half < free) continue;
    free = at + half;
    kept.push(tick);
  }
  return kept;
}

/** Powers of ten in a range, with round numbers between them where they are few. */
function logPlaces(low, high) {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 1.7 ? [1, 3] : [1, 2, 5];
  const places = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of factors) {
      const place = factor * 10 ** power;
      if (place >= low && place <= high) places.push(place);
    }
  }
  return places;
}

function axisOf({ label, kind, ticks, scale }, size, width) {
  const axis = {
    label,
    labelSize: 20,
    size,
    stroke: color('muted'),
    font: '11px system-ui,sans-serif',
    labelFont: '11px system-ui,sans-serif',
    grid: { stroke: color('grid'), width: 1 },
    ticks: { stroke: color('grid'), width: 1 },
    values: (_, places) => places.map((value) => (value == null ? '' : format(value, kind))),
  };
  if (ticks === undefined) {
    const logarithmic = { splits: (_, __, low, high) => logPlaces(low, high), filter: (_, places) => places };
    return scale === 'log' ? { ...axis, ...logarithmic } : axis;
  }
  const kept = scale === 'log' ? ticks : givenTicks(ticks, width);
  return {
    ...axis,
    splits: () => kept.map(({ at }) => at),
    filter: (_, places) => places,
    values: () => kept.map(({ text }) => text),
  };
}

function padded(ticks) {
  const [least, most] = [ticks[0].at, ticks.at(-1).at];
  const margin = most > least ? (most - least) * 0.05 : 1;
  return [least - margin, most + margin];
}

function yRange(aligned, scale) {
  const values = [...aligned.data.slice(1), ...aligned.low, ...aligned.high]
    .flat()
    .filter((value) => value != null);
  if (values.length === 0) return scale === 'log' ? [1, 10] : [0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (scale === 'log') return [least / 1.2, most * 1.2];
  if (least === most) return most === 0 ? [0, 1] : [Math.min(0, most * 1.1), Math.max(0, most * 1.1)];
  const low = least < 0 || least > most * 0.8 ? least - (most - least) * 0.1 : 0;
  return [low, most + (most - low) * 0.05];
}

/** Draws a chart into its place, instead of what is there. */
function draw(place, chart) {
  drawn.get(place)?.destroy();
  const aligned = align(chart.lines, chart.y.scale);
  const width = place.clientWidth;
  const range = yRange(aligned, chart.y.scale);
  const x = { time: false, distr: chart.x.scale === 'log' ? 3 : 1 };
  if (chart.x.ticks !== undefined && chart.x.scale !== 'log') x.range = padded(chart.x.ticks);
  const marked = chart.lines.some((line) => line.marked);
  const options = {
    width,
    height: HEIGHT,
    plugins: marked ? [errorBars(aligned)] : [],
    scales: { x, y: { distr: chart.y.scale === 'log' ? 3 : 1, range: () => range } },
    axes: [axisOf(chart.x, 44, width - 110), axisOf(chart.y, 76, width)],
    legend: { live: true },
    series: [
      { label: chart.x.label, value: (_, value) => xText(chart.x, value) },
      ...chart.lines.map((line, index) => ({
        label: line.name,
        stroke: color(`c${index % 8}`),
        width: 2,
        spanGaps: true,
        points: { show: line.marked, size: 7, fill: color(`c${index % 8}`) },
        value: (_, value) => format(value, chart.y.kind),
      })),
    ],
  };
  drawn.set(place, new uPlot(options, aligned.data, place));
}

function xText({ ticks, kind }, value) {
  return ticks?.find(({ at }) => at === value)?.text ?? format(value, kind);
}

const chartOf = (place) => JSON.parse(place.querySelector('script').textContent);

function drawFixed() {
  for (const place of document.querySelectorAll('.plot[data-chart]')) {
    place.chart ??= chartOf(place);
    draw(place, place.chart);
  }
}

/** Shows the charts, losses and command of the point that is chosen. */
function drawPoint() {
  const chosen = Number(document.getElementById('point')?.value ?? 0);
  for (const part of document.querySelectorAll('[data-point]')) {
    part.hidden = Number(part.dataset.point) !== chosen;
  }
  const room = document.getElementById('point-charts');
  if (room === null) return;
  for (const place of room.querySelectorAll('.plot')) {
    drawn.get(place)?.destroy();
    drawn.delete(place);
  }
  room.replaceChildren();
  for (const chart of points[chosen]?.charts ?? []) {
    const frame = document.createElement('section');
    frame.className = 'chart';
    const title = document.createElement('h3');
    title.textContent = chart.title;
    const place = document.createElement('div');
    place.className = 'plot';
    frame.append(title, place);
    room.append(frame);
    draw(place, chart);
  }
}

function drawAll() {
  drawFixed();
  drawPoint();
}

let width = innerWidth;
addEventListener('resize', () => {
  // phones resize when they hide their address bar; only the width matters
  if (innerWidth === width) return;
  width = innerWidth;
  drawAll();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
document.getElementById('point')?.addEventListener('change', drawPoint);
drawAll();
document.documentElement.dataset.ready = 'yes';
