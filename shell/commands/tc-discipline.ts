import type { QdiscSpec } from '../../models/netns/qdisc.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import type { Arguments } from './iproute2/arguments.ts';

const SECOND = 1e6;
/** What the kernel and iproute2 have and podwire has not. */
const UNMODELLED = [
  'fq_codel',
  'fq',
  'codel',
  'red',
  'netem',
  'htb',
  'hfsc',
  'prio',
  'sfq',
  'cake',
  'ets',
  'mq',
];
const TBF_USAGE = `Usage: ... tbf limit BYTES burst BYTES[/BYTES] rate KBPS [ mtu BYTES[/BYTES] ]
\t[ peakrate KBPS ] [ latency TIME ] [ overhead BYTES ] [ linklayer TYPE ]
`;

/** The options of a discipline, to the end of the line. */
export function parseDiscipline(kind: string, words: Arguments): QdiscSpec {
  if (kind === 'tbf') return parseTbf(words);
  if (kind === 'pfifo' || kind === 'bfifo') return parseFifo(kind, words);
  if (UNMODELLED.includes(kind)) throw new NotSupported('tc', `tc qdisc ${kind}`);
  throw new CommandFailure('Error: Specified qdisc kind is unknown.\n', 2);
}

function parseFifo(kind: 'pfifo' | 'bfifo', words: Arguments): QdiscSpec {
  let limit = kind === 'pfifo' ? 1000 : 1_514_000;
  while (!words.done) {
    const word = words.next();
    if (word !== 'limit') throw new CommandFailure(`${kind}: unknown parameter "${word}"\n`, 1);
    const text = words.next();
    const value = parseSize(text);
    if (value === undefined) throw new CommandFailure(`${kind}: Illegal value for "limit": "${text}"\n`, 1);
    limit = value;
  }
  return { kind, limit };
}

interface TbfOptions {
  rate?: number;
  burst?: number;
  limit?: number;
  /** Microseconds. */
  latency?: number;
}

function parseTbf(words: Arguments): QdiscSpec {
  const options: TbfOptions = {};
  while (!words.done) tbfOption(options, words.next(), words);
  const { rate, burst, limit, latency } = options;
  let missing = '';
  if (rate === undefined) missing += 'tbf: the "rate" parameter is mandatory.\n';
  if (burst === undefined) missing += 'tbf: the "burst" parameter is mandatory.\n';
  if (limit === undefined && latency === undefined) {
    missing += 'tbf: either "limit" or "latency" is required.\n';
  }
  if (rate === undefined || burst === undefined || missing !== '') {
    throw new CommandFailure(missing + TBF_USAGE, 1);
  }
  const size = limit ?? Math.floor((rate * latency!) / SECOND + burst);
  return { kind: 'tbf', rate, burst, limit: size };
}

function tbfOption(options: TbfOptions, word: string, words: Arguments): void {
  const read = (parse: (text: string) => number | undefined): number => {
    const text = words.next();
    const value = parse(text);
    if (value === undefined) throw new CommandFailure(`tbf: illegal value for "${word}": "${text}"\n`, 1);
    return value;
  };
  if (word === 'rate') options.rate = read(parseRate);
  else if (word === 'burst' || word === 'buffer' || word === 'maxburst') options.burst = read(parseSize);
  else if (word === 'limit') options.limit = read(parseSize);
  else if (word === 'latency') options.latency = read(parseTime);
  else if (['mtu', 'minburst', 'mpu', 'peakrate', 'overhead', 'linklayer'].includes(word)) {
    throw new NotSupported('tc', `"tbf ${word}"`);
  } else throw new CommandFailure(`tbf: unknown parameter "${word}"\n${TBF_USAGE}`, 1);
  if (options.limit !== undefined && options.latency !== undefined) {
    throw new CommandFailure('tbf: specifying both "limit" and "/latency" is not allowed\n', 1);
  }
}

const RATES: Readonly<Record<string, number>> = scaled(
  { bit: 1 / 8, bps: 1 },
  { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, ki: 1024, mi: 1024 ** 2, gi: 1024 ** 3, ti: 1024 ** 4 },
);
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...scaled({ '': 1, b: 1 }, { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }),
  ...scaled({ bit: 1 / 8 }, { k: 1e3, m: 1e6, g: 1e9 }),
};
const TIMES: Readonly<Record<string, number>> = {
  '': 1,
  ...{ us: 1, usec: 1, usecs: 1, ms: 1e3, msec: 1e3, msecs: 1e3, s: SECOND, sec: SECOND, secs: SECOND },
};

function scaled(units: Record<string, number>, prefixes: Record<string, number>): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [prefix, factor] of Object.entries(prefixes)) {
    for (const [unit, value] of Object.entries(units)) all[prefix + unit] = factor * value;
  }
  return all;
}

/** Bytes per second; a bare number is bits per second. */
function parseRate(text: string): number | undefined {
  const value = parseUnit(text, { ...RATES, '': 1 / 8 });
  return value === undefined || value < 1 ? undefined : Math.floor(value);
}

function parseSize(text: string): number | undefined {
  const value = parseUnit(text, SIZES);
  return value === undefined ? undefined : Math.floor(value);
}

function parseTime(text: string): number | undefined {
  return parseUnit(text, TIMES);
}

function parseUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)([a-zA-Z]*)$/.exec(text);
  const unit = match === null ? undefined : units[match[2].toLowerCase()];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
