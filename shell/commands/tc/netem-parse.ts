import {
  DISTRIBUTIONS,
  type Distribution,
  type LossSpec,
  type NetemSpec,
} from '../../../models/queueing/netem-spec.ts';
import { TICK } from '../../../models/queueing/scheduler-tick.ts';
import { NotSupported } from '../../failure.ts';
import { type Arguments, keywordOf } from '../iproute2/arguments.ts';
import { readValue, refuse, unknownWord } from './qdisc-syntax.ts';
import { parsePercent, parseRate, parseSigned, parseSize, parseTime, parseUnsigned } from './units.ts';

const USAGE = `Usage: ... netem [ limit PACKETS ]
                 [ delay TIME [ JITTER [CORRELATION]]]
                 [ distribution {uniform|normal|pareto|paretonormal} ]
                 [ corrupt PERCENT [CORRELATION]]
                 [ duplicate PERCENT [CORRELATION]]
                 [ loss random PERCENT [CORRELATION]]
                 [ loss state P13 [P31 [P32 [P23 P14]]]
                 [ loss gemodel PERCENT [R [1-H [1-K]]]
                 [ ecn ]
                 [ reorder PERCENT [CORRELATION] [ gap DISTANCE ]]
                 [ rate RATE [PACKETOVERHEAD] [CELLSIZE] [CELLOVERHEAD]]
                 [ slot MIN_DELAY [MAX_DELAY] [packets MAX_PACKETS] [bytes MAX_BYTES]]
                 [ slot distribution {uniform|normal|pareto|paretonormal|custom}
                   DELAY JITTER [packets MAX_PACKETS] [bytes MAX_BYTES]]
`;
/** In the order in which tc tries abbreviations. */
const OPTIONS = [
  'limit',
  'latency',
  'delay',
  'loss',
  'drop',
  'ecn',
  'reorder',
  'corrupt',
  'gap',
  'duplicate',
  'distribution',
  'rate',
  'slot',
] as const;

/** The options of netem (iproute2 tc/q_netem.c). */
export function parseNetem(words: Arguments): NetemSpec {
  const spec: NetemSpec = {};
  while (!words.done) readOption(spec, words);
  check(spec);
  return spec;
}

function readOption(spec: NetemSpec, words: Arguments): void {
  const word = words.next();
  const option = keywordOf(word, OPTIONS);
  switch (option) {
    case 'limit':
      spec.limit = readValue(words, 'limit', parseSize);
      return;
    case 'latency':
    case 'delay':
      readDelay(spec, words);
      return;
    case 'loss':
    case 'drop':
      if (spec.loss !== undefined) throw refuse('Illegal "duplicate loss argument\n"');
      spec.loss = readLoss(words);
      return;
    case 'ecn':
      spec.ecn = true;
      return;
    case 'reorder':
    case 'corrupt':
    case 'duplicate': {
      const probability = readValue(words, option, parsePercent);
      spec[option] = { probability, correlation: next(words, option, parsePercent) };
      return;
    }
    case 'gap':
      spec.gap = readValue(words, 'gap', parseUnsigned);
      return;
    case 'distribution':
      spec.distribution = readDistribution(words.next());
      return;
    case 'rate':
      readRate(spec, words);
      return;
    case 'slot':
      throw new NotSupported('tc', '"netem slot"');
    default:
      throw unknownWord(word, USAGE);
  }
}

function check(spec: NetemSpec): void {
  const { delay = 0, jitter = 0, reorder, distribution } = spec;
  if (reorder !== undefined && reorder.probability > 0) {
    if (delay === 0) throw misuse('reordering not possible without specifying some delay');
    spec.gap ??= 1;
  } else if (spec.gap !== undefined && spec.gap > 0) {
    throw misuse('gap specified without reorder probability');
  }
  if (spec.ecn === true && spec.loss === undefined) throw misuse('ecn requested without loss model');
  if (distribution !== undefined && (delay === 0 || jitter === 0)) {
    throw misuse('distribution specified but no latency and jitter values');
  }
}

function misuse(message: string) {
  return refuse(`${message}\n${USAGE.trimEnd()}`);
}

/** The next word if it begins with a digit: values after the first may be left out. */
function next(
  words: Arguments,
  name: string,
  parse: (text: string) => number | undefined,
): number | undefined {
  return /^\d/.test(words.peek() ?? '') ? readValue(words, name, parse) : undefined;
}

function readDelay(spec: NetemSpec, words: Arguments): void {
  spec.delay = readValue(words, 'latency', parseTicks);
  spec.jitter = next(words, 'latency', parseTicks);
  if (spec.jitter !== undefined) spec.delayCorrelation = next(words, 'latency', parsePercent);
}

/** Nanoseconds, in whole ticks. */
function parseTicks(text: string): number | undefined {
  const microseconds = parseTime(text);
  return microseconds === undefined ? undefined : Math.floor((Math.floor(microseconds) * 1000) / TICK) * TICK;
}

function readLoss(words: Arguments): LossSpec {
  if (/^\d/.test(words.peek() ?? '')) return readRandomLoss(words);
  const model = words.next();
  if (model === 'random') return readRandomLoss(words);
  if (model === 'state') return readStates(words);
  if (model === 'gemodel') return readGilbertElliott(words);
  throw refuse(`Unknown loss parameter: ${model}`);
}

function readRandomLoss(words: Arguments): LossSpec {
  const probability = readValue(words, 'loss percent', parsePercent);
  return { model: 'random', probability, correlation: next(words, 'loss correlation', parsePercent) };
}

function readStates(words: Arguments): LossSpec {
  const p13 = readValue(words, 'loss p13', parsePercent);
  const [p31, p32, p23, p14] = readSeries(words, ['loss p31', 'loss p32', 'loss p23', 'loss p14']);
  return { model: 'state', p13, p31: p31 ?? 1 - p13, p32: p32 ?? 0, p23: p23 ?? 1, p14: p14 ?? 0 };
}

function readGilbertElliott(words: Arguments): LossSpec {
  const toBad = readValue(words, 'loss gemodel p', parsePercent);
  const [toGood, inBad, inGood] = readSeries(words, ['loss gemodel r', 'loss gemodel h', 'loss gemodel k']);
  return { model: 'gemodel', toBad, toGood: toGood ?? 1 - toBad, inBad: inBad ?? 1, inGood: inGood ?? 0 };
}

/** Percentages as long as there are more. */
function readSeries(words: Arguments, names: readonly string[]): (number | undefined)[] {
  const values: (number | undefined)[] = [];
  for (const name of names) {
    const value = next(words, name, parsePercent);
    if (value === undefined) break;
    values.push(value);
  }
  return values;
}

/** tc has a file for each but uniform, which is what there is without one. */
function readDistribution(name: string): Distribution {
  const known = DISTRIBUTIONS.find((distribution) => distribution === name && name !== 'uniform');
  if (known !== undefined) return known;
  if (name === 'experimental') throw new NotSupported('tc', '"netem distribution experimental"');
  const file = `/usr/lib/x86_64-linux-gnu/tc//${name}.dist`;
  throw refuse(`No distribution data for ${name} (${file}: No such file or directory)`);
}

function readRate(spec: NetemSpec, words: Arguments): void {
  spec.rate = readValue(words, 'rate', parseRate);
  if (/^-?\d/.test(words.peek() ?? '')) spec.packetOverhead = readValue(words, 'rate', parseSigned);
  spec.cellSize = next(words, 'rate', parseUnsigned);
  if (/^-?\d/.test(words.peek() ?? '')) spec.cellOverhead = readValue(words, 'rate', parseSigned);
}
