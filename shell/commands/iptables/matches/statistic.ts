import type { StatisticMatch } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { type GivenOptions, type MatchExtension, negation } from '../extension.ts';
import { integerOption } from '../values.ts';

/** What the kernel's number is out of. */
const UNIT = 0x80000000;

/** `-m statistic` */
export const statistic: MatchExtension<'statistic'> = {
  name: 'statistic',
  options: [
    { name: 'mode' },
    { name: 'probability', invertible: true },
    { name: 'every', invertible: true },
    { name: 'packet' },
  ],

  build(given) {
    const mode = given.get('mode')?.value ?? 'random';
    if (mode === 'random') return random(given);
    if (mode === 'nth') return nth(given);
    throw parameterProblem(`Bad mode "${mode}"`);
  },

  list: (spec) => ` statistic mode${parameters(spec, '', false)}`,
  save: (spec) => ` --mode${parameters(spec, '--', true)}`,
};

function random(given: GivenOptions): StatisticMatch {
  const option = given.get('probability');
  if (option === undefined) throw parameterProblem('--probability must be specified when using random mode');
  const probability = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(option.value)
    ? Number(option.value)
    : Number.NaN;
  if (!(probability >= 0 && probability <= 1)) {
    throw parameterProblem('statistic: bad value for option "--probability", or out of range (0-1).\n');
  }
  return {
    match: 'statistic',
    mode: 'random',
    probability: Math.round(probability * UNIT),
    ...negation(option),
  };
}

function nth(given: GivenOptions): StatisticMatch {
  const every = given.get('every');
  const packet = given.get('packet');
  if (every === undefined) {
    throw parameterProblem('--every and --packet must be specified when using nth mode');
  }
  const period = integerOption('statistic', 'every', every.value, 0xffffffff, 1);
  if (packet === undefined) {
    throw parameterProblem('statistic: option "--every" also requires "--packet".\n');
  }
  const first = integerOption('statistic', 'packet', packet.value);
  if (first >= period) throw parameterProblem('the --packet p must be 0 <= p <= n-1');
  return { match: 'statistic', mode: 'nth', every: period, packet: first, ...negation(every) };
}

function parameters(spec: StatisticMatch, dashes: string, always: boolean): string {
  const mark = spec.not === true ? ' !' : '';
  if (spec.mode === 'random') {
    return ` random${mark} ${dashes}probability ${(spec.probability / UNIT).toFixed(11)}`;
  }
  const packet = always || spec.packet !== 0 ? ` ${dashes}packet ${spec.packet}` : '';
  return ` nth${mark} ${dashes}every ${spec.every}${packet}`;
}
