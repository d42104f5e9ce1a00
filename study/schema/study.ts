import { z } from 'zod';
import { quote } from '../../scenarios/diagnostic.ts';
import { nearestName } from '../../scenarios/nearest-name.ts';
import { flowName } from '../../scenarios/schema/names.ts';
import { section } from '../../scenarios/schema/section.ts';
import { Malformed, notA, textValue } from '../../scenarios/schema/text-value.ts';
import {
  count,
  parseDuration,
  percent,
  positiveDuration,
  printDuration,
} from '../../scenarios/schema/units.ts';
import { figureSection } from './figure.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const settingPath = z.string().min(1).max(500);

const parameter = section({
  set: z
    .union([settingPath, z.array(settingPath).min(1)])
    .optional()
    .describe(
      `Place in the scenario that gets the value, as with --set: traffic.load.rate, or a list of places. Default: none; the value is used as \${NAME} in the keys and values of set.`,
    ),
  values: z
    .array(z.union([scalar, z.record(flowName, scalar)]))
    .min(1)
    .max(1000)
    .describe(
      'The values, one after the other: texts, numbers, truth values; or maps that hold the value under the name of the parameter, and beside it variables that go with it.',
    ),
}).describe('What is varied.');

const replicationRange = section({
  min: count(2, 10_000).prefault(3).describe('Runs of each point before precision is looked at. Default 3.'),
  max: count(2, 10_000)
    .prefault(30)
    .describe('Runs of each point after which it ends at any rate. Default 30.'),
}).superRefine(({ min, max }, context) => {
  if (min <= max) return;
  const params = { expected: `at least ${min}, the min` };
  context.addIssue({ code: 'custom', path: ['max'], message: `${max} is less than min`, params });
});

const confidence = percent.refine((value) => value >= 0.5 && value < 1, {
  error: () => 'a confidence level is from 50% to less than 100%',
});

const metricName = z.string().regex(/^[A-Za-z0-9_-]+(\.[a-z0-9]+){0,2}$/, {
  error: (issue) => `${quote(String(issue.input))} is not a figure such as load.latency.p99`,
});

const precision = section({
  relative: percent
    .refine((value) => value > 0, { error: () => 'it must be above 0%' })
    .describe('Half width of the confidence interval as a part of the mean, such as 5%.'),
  of: z
    .array(metricName)
    .min(1)
    .optional()
    .describe('Figures that must be as precise as that. Default: all of `metrics`.'),
});

/** When measuring begins: a time, as the scenario says, or as the runs show. */
export type Warmup = { kind: 'scenario' | 'mser-5' } | { kind: 'fixed'; until: number };

const warmup = textValue<Warmup>({
  id: 'Warmup',
  type: 'object',
  expected: 'a duration such as 200ms, mser-5 or scenario',
  pattern: '^(mser-5|scenario|\\d+(\\.\\d+)?\\s*(ns|us|µs|ms|s|min|h))$',
  unit: true,
  parse: (text) => {
    if (text === 'mser-5' || text === 'scenario') return { kind: text };
    const nearest = nearestName(text, ['mser-5', 'scenario']);
    if (nearest !== undefined) return notA('a warm-up', text, nearest);
    const until = parseDuration(text);
    return until instanceof Malformed ? until : { kind: 'fixed', until };
  },
  print: (value) => (value.kind === 'fixed' ? printDuration(value.until) : value.kind),
});

const parameterMap = z.record(flowName, parameter);

/** The language of studies: the one source of its types, checks, defaults and published JSON Schema. */
export const studySchema = section({
  name: flowName.describe('What the study is called; its results go to out/NAME. Letters, digits, _ and -.'),
  title: z.string().max(200).optional().describe('What it asks, in a line, for reports. Default: the name.'),
  scenario: z.string().min(1).max(500).describe('The scenario file that is varied, beside this file.'),
  set: z
    .record(settingPath, z.unknown())
    .prefault({})
    .describe(
      `Values set in the scenario at every point, by place: traffic.load.rate: 5Mbit. In keys and values \${NAME} stands for the value of a parameter.`,
    ),
  parameters: parameterMap
    .refine((map) => Object.keys(map).length > 0, { error: () => 'a study varies one parameter at least' })
    .describe('What is varied, by name; each value with each of the others is a point of the study.'),
  exclude: z
    .array(z.record(z.string(), z.union([scalar, z.array(scalar)])))
    .prefault([])
    .describe(
      'Points left out: { nodes: 64, routes: per-pod }, or several at once, { nodes: [32, 64] }. Default: none.',
    ),
  replications: z
    .union([count(1, 10_000), replicationRange])
    .optional()
    .describe(
      'Runs of each point, each with a seed of its own: a count, or { min, max } with `precision`. Default 5, or 3 to 30.',
    ),
  precision: precision
    .optional()
    .describe(
      'Runs are added to each point until its figures are as precise as that. Default: not asked for.',
    ),
  confidence: confidence.prefault('95%').describe('Confidence level of all intervals. Default 95%.'),
  seed: z.int().min(0).prefault(1).describe('What the seeds of all runs are derived from. Default 1.'),
  warmup: warmup
    .prefault('scenario')
    .describe(
      'When measuring begins: a duration; mser-5, found for each point by a run of its own; scenario, as the scenario says. Default scenario.',
    ),
  metrics: z
    .array(metricName)
    .min(1)
    .max(50)
    .describe('Figures that tables show, such as load.latency.p99, load.loss, dropped.'),
  series: positiveDuration
    .optional()
    .describe(
      'Time between samples of throughput and queue depth in the first run of each point. Default: a 200th of the run.',
    ),
  figure: figureSection
    .optional()
    .describe('The figure that stands for the study. Default: one for each metric.'),
});

/** A study as read: values in base units, defaults filled in. */
export type Study = z.output<typeof studySchema>;
/** A value of a parameter, as the file has it. */
export type ParameterValue = z.output<typeof scalar>;
