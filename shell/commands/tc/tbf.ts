import type { QdiscView } from '../../../models/queueing/qdisc-control.ts';
import type { TbfSpec } from '../../../models/queueing/qdisc-spec.ts';
import { TICK } from '../../../models/queueing/scheduler-tick.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import type { QdiscSyntax } from './qdisc-syntax.ts';
import { formatRate, formatSize, formatTime, parseRate, parseSize, parseTime } from './units.ts';

const USAGE = `Usage: ... tbf limit BYTES burst BYTES[/BYTES] rate KBPS [ mtu BYTES[/BYTES] ]
\t[ peakrate KBPS ] [ latency TIME ] [ overhead BYTES ] [ linklayer TYPE ]
`;

interface TbfOptions {
  rate?: number;
  burst?: number;
  limit?: number;
  /** Microseconds. */
  latency?: number;
}

export const tbf: QdiscSyntax = {
  parse(words) {
    const options: TbfOptions = {};
    while (!words.done) readOption(options, words.next(), words);
    const { rate, burst, limit, latency } = options;
    let missing = '';
    if (rate === undefined) missing += 'tbf: the "rate" parameter is mandatory.\n';
    if (burst === undefined) missing += 'tbf: the "burst" parameter is mandatory.\n';
    if (limit === undefined && latency === undefined) {
      missing += 'tbf: either "limit" or "latency" is required.\n';
    }
    if (rate === undefined || burst === undefined || missing !== '') {
      throw new CommandFailure(missing + USAGE, 1);
    }
    const size = limit ?? Math.floor((rate * latency!) / 1e6 + burst);
    return { kind: 'tbf', rate, burst, limit: size };
  },

  text(view) {
    const { rate, limit } = view.spec as TbfSpec;
    const { burst, latency } = shown(view);
    const bound = latency < 0 ? `limit ${formatSize(limit)}` : `lat ${formatTime(latency)}`;
    return `rate ${formatRate(rate)} burst ${formatSize(burst)} ${bound} `;
  },

  json(view) {
    const { rate, limit } = view.spec as TbfSpec;
    const { burst, latency } = shown(view);
    return { rate, burst, ...(latency < 0 ? { limit } : { lat: Math.floor(latency) }) };
  },
};

function readOption(options: TbfOptions, word: string, words: Arguments): void {
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
  } else throw new CommandFailure(`tbf: unknown parameter "${word}"\n${USAGE}`, 1);
  if (options.limit !== undefined && options.latency !== undefined) {
    throw new CommandFailure('tbf: specifying both "limit" and "/latency" is not allowed\n', 1);
  }
}

/** What tc works out again of what the kernel tells: the burst in ticks. Latency in microseconds. */
function shown({ spec, burstTime = 0 }: QdiscView): { burst: number; latency: number } {
  const { rate, limit } = spec as TbfSpec;
  const burst = Math.floor((Math.floor(burstTime / TICK) * TICK) / 1000);
  return { burst: Math.floor((rate * burst) / 1e6), latency: (1e6 * limit) / rate - burst };
}
