import type { MetricKind } from '../../scenarios/schema/metrics.ts';
import { Malformed } from '../../scenarios/schema/text-value.ts';
import * as units from '../../scenarios/schema/units.ts';
import type { ParameterValue } from '../../study/schema/study.ts';
import type { Axis } from './chart.ts';

/** An axis for a parameter, and where on it each of its values is. */
export interface ParameterAxis {
  axis: Axis;
  place(value: ParameterValue): number;
}

/**
 * Values that are all numbers of one kind (`10Mbit`, `5ms`, `60%`, `64`, `2000/s`) stand at their place on a
 * scale, others one after the other.
 */
export function parameterAxis(
  label: string,
  values: readonly ParameterValue[],
  scale: Axis['scale'] = 'linear',
): ParameterAxis {
  const numbers = values.map(numberOf);
  const kind = numbers[0]?.kind;
  const numeric =
    values.length > 0 && numbers.every((number) => number !== undefined && number.kind === kind);
  const at = numeric ? numbers.map((number) => number!.value) : values.map((_, index) => index);
  const logarithmic = scale === 'log' && numeric && at.every((number) => number > 0);
  const ticks = values.map((value, index) => ({ at: at[index], text: String(value) }));
  return {
    axis: {
      label,
      scale: logarithmic ? 'log' : 'linear',
      kind: kind ?? 'count',
      ticks: ticks.sort((a, b) => a.at - b.at),
    },
    place: (value) => at[values.indexOf(value)],
  };
}

function numberOf(value: ParameterValue): { kind: MetricKind; value: number } | undefined {
  if (typeof value === 'number') return { kind: 'count', value };
  if (typeof value === 'boolean') return undefined;
  const perSecond = /^(\d+(?:\.\d+)?)\s*\/s$/.exec(value);
  if (perSecond !== null) return { kind: 'count', value: Number(perSecond[1]) };
  const readings: [MetricKind, number | Malformed][] = [
    ['duration', units.parseDuration(value)],
    ['rate', units.parseRate(value)],
    ['percent', units.parsePercent(value)],
    ['count', units.parseSize(value)],
  ];
  for (const [kind, number] of readings) if (!(number instanceof Malformed)) return { kind, value: number };
  return undefined;
}
