import { z } from 'zod';
import { quote } from '../diagnostic.ts';
import type { MetricKind } from './metrics.ts';
import { Malformed, notA, textValue } from './text-value.ts';
import * as units from './units.ts';

export const comparisons = ['<=', '>=', '<', '>', '==', '!='] as const;
export type Comparison = (typeof comparisons)[number];

/** What a figure is held against, in ns, bit/s, a fraction or a bare count. */
export interface Threshold {
  comparison: Comparison;
  kind: MetricKind;
  value: number;
}

/** Reads `< 5ms`, `<= 1%`, `> 100Mbit`, `== 0`. */
export function parseThreshold(text: string): Threshold | Malformed {
  const comparison = comparisons.find((sign) => text.startsWith(sign));
  if (comparison === undefined) return new Malformed(`${quote(text)} does not begin with a comparison`);
  const bound = text.slice(comparison.length).trim();
  if (/^\d{1,15}$/.test(bound)) return { comparison, kind: 'count', value: Number(bound) };
  const readings: [MetricKind, number | Malformed][] = [
    ['duration', units.parseDuration(bound)],
    ['percent', units.parsePercent(bound)],
    ['rate', units.parseRate(bound)],
  ];
  for (const [kind, value] of readings) {
    if (!(value instanceof Malformed)) return { comparison, kind, value };
  }
  return notA('a duration, percentage, rate or count', bound);
}

export function printBound({ kind, value }: Pick<Threshold, 'kind' | 'value'>): string {
  if (kind === 'duration') return units.printDuration(value);
  if (kind === 'percent') return units.printPercent(value);
  return kind === 'rate' ? units.printRate(value) : String(value);
}

const threshold = textValue<Threshold>({
  id: 'Threshold',
  type: 'object',
  expected: 'a comparison and a value such as "< 5ms", "< 1%", "> 100Mbit", "== 0"',
  pattern: '^(<=|>=|<|>|==|!=)\\s*\\d',
  parse: parseThreshold,
  print: (value) => `${value.comparison} ${printBound(value)}`,
});

const metricName = z.string().regex(/^[A-Za-z0-9_-]+(\.[a-z0-9]+){1,2}$/, {
  error: (issue) => `${quote(String(issue.input))} is not FLOW.METRIC like probe.loss or noise.latency.p99`,
});

/** `thresholds`: what the figures of flows must keep to; the exit status tells. */
export const thresholdsSection = z
  .record(metricName, threshold)
  .prefault({})
  .describe(
    'What figures must keep to, such as "probe.loss": "< 1%"; a run that does not ends with status 99.',
  );
