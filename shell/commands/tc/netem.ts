import { CERTAIN, share } from '../../../models/queueing/correlated-random.ts';
import { DEFAULT_NETEM_LIMIT } from '../../../models/queueing/netem.ts';
import type { Chance, LossSpec, NetemSpec } from '../../../models/queueing/netem-spec.ts';
import type { QdiscView } from '../../../models/queueing/qdisc-control.ts';
import { TICK } from '../../../models/queueing/scheduler-tick.ts';
import type { JsonObject } from '../iproute2/json-writer.ts';
import { parseNetem } from './netem-parse.ts';
import type { QdiscSyntax } from './qdisc-syntax.ts';
import { formatRate, formatShort, formatTime } from './units.ts';

export const netem: QdiscSyntax = {
  parse: (words) => ({ kind: 'netem', ...parseNetem(words) }),
  text: (view) => textOf(specOf(view)),
  json: (view) => jsonOf(specOf(view)),
};

function specOf({ spec }: QdiscView): NetemSpec {
  return spec as NetemSpec & { kind: 'netem' };
}

function textOf(spec: NetemSpec): string {
  const { limit = DEFAULT_NETEM_LIMIT, loss, duplicate, reorder, corrupt, gap, ecn } = spec;
  const words = [`limit ${limit}`];
  if (spec.delay) words.push(delayText(spec));
  if (loss !== undefined) words.push(lossText(loss));
  if (duplicate?.probability) words.push(`duplicate ${chanceText(duplicate)}`);
  if (reorder?.probability) words.push(`reorder ${chanceText(reorder)}`);
  if (corrupt?.probability) words.push(`corrupt ${chanceText(corrupt)}`);
  if (spec.rate !== undefined) words.push(rateText(spec, spec.rate));
  if (ecn === true) words.push('ecn ');
  if (gap !== undefined) words.push(`gap ${gap}`);
  return words.join(' ');
}

function delayText({ delay = 0, jitter = 0, delayCorrelation = 0 }: NetemSpec): string {
  const correlation = delayCorrelation > 0 ? ` ${percent(delayCorrelation)}` : '';
  return `delay ${time(delay)}${jitter > 0 ? `  ${time(jitter)}${correlation}` : ''}`;
}

function lossText(loss: LossSpec): string {
  switch (loss.model) {
    case 'random':
      return `loss ${chanceText(loss)}`;
    case 'gemodel':
      return (
        `loss gemodel p ${percent(loss.toBad)} r ${percent(loss.toGood)} ` +
        `1-h ${percent(loss.inBad)} 1-k ${percent(loss.inGood)}`
      );
    case 'state':
      return `loss state ${STATES.map((name) => `${name} ${percent(loss[name])}`).join(' ')}`;
  }
}

const STATES = ['p13', 'p31', 'p32', 'p23', 'p14'] as const;

function chanceText({ probability, correlation = 0 }: Chance): string {
  return `${percent(probability)}${correlation > 0 ? ` ${percent(correlation)}` : ''}`;
}

function rateText(spec: NetemSpec, rate: number): string {
  const { packetOverhead = 0, cellSize = 0, cellOverhead = 0 } = spec;
  return [
    `rate ${formatRate(rate)}`,
    ...(packetOverhead !== 0 ? [`packetoverhead ${packetOverhead}`] : []),
    ...(cellSize !== 0 ? [`cellsize ${cellSize}`] : []),
    ...(cellOverhead !== 0 ? [`celloverhead ${cellOverhead}`] : []),
  ].join(' ');
}

function jsonOf(spec: NetemSpec): JsonObject {
  const { limit = DEFAULT_NETEM_LIMIT, loss, duplicate, reorder, corrupt, rate } = spec;
  const { delay = 0, jitter = 0, delayCorrelation = 0 } = spec;
  return {
    limit,
    ...(delay > 0 && {
      delay: { delay: seconds(delay), jitter: seconds(jitter), correlation: fraction(delayCorrelation) },
    }),
    ...(loss !== undefined && lossJson(loss)),
    ...(duplicate?.probability && { duplicate: chanceJson('duplicate', duplicate) }),
    ...(reorder?.probability && { reorder: chanceJson('reorder', reorder) }),
    ...(corrupt?.probability && { corrupt: chanceJson('corrupt', corrupt) }),
    ...(rate !== undefined && {
      rate: {
        rate,
        packetoverhead: spec.packetOverhead ?? 0,
        cellsize: spec.cellSize ?? 0,
        celloverhead: spec.cellOverhead ?? 0,
      },
    }),
    ecn: spec.ecn === true,
    gap: spec.gap ?? 0,
  };
}

function lossJson(loss: LossSpec): JsonObject {
  switch (loss.model) {
    case 'random':
      return { 'loss-random': chanceJson('loss', loss) };
    case 'gemodel': {
      const { toBad, toGood, inBad, inGood } = loss;
      const shares = { p: toBad, r: toGood, '1-h': inBad, '1-k': inGood };
      return { 'loss-gemodel': fractions(shares) };
    }
    case 'state':
      return { 'loss-state': fractions(Object.fromEntries(STATES.map((name) => [name, loss[name]]))) };
  }
}

function chanceJson(name: string, { probability, correlation = 0 }: Chance): JsonObject {
  return { [name]: fraction(probability), correlation: fraction(correlation) };
}

function fractions(shares: Record<string, number>): JsonObject {
  return Object.fromEntries(Object.entries(shares).map(([name, value]) => [name, fraction(value)]));
}

function percent(value: number): string {
  return `${formatShort((100 * share(value)) / CERTAIN)}%`;
}

function fraction(value: number): number {
  return Number(formatShort(share(value) / CERTAIN));
}

/** The kernel tells ticks, of which tc makes whole microseconds. */
function microseconds(nanoseconds: number): number {
  return Math.floor((Math.floor(nanoseconds / TICK) * TICK) / 1000);
}

function time(nanoseconds: number): string {
  return formatTime(microseconds(nanoseconds));
}

function seconds(nanoseconds: number): number {
  return Number(formatShort(microseconds(nanoseconds) / 1e6));
}
