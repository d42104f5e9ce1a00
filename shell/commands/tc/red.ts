import type { QdiscView } from '../../../models/queueing/qdisc-control.ts';
import { completeRed, RedMisfit, type RedSpec, redParameters } from '../../../models/queueing/red-spec.ts';
import { NotSupported } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { type QdiscSyntax, readValue, refuse, unknownWord } from './qdisc-syntax.ts';
import { formatSize, parseRate, parseSize, parseUnsigned } from './units.ts';

const USAGE = `Usage: ... red\tlimit BYTES [min BYTES] [max BYTES] avpkt BYTES [burst PACKETS]
\t\t[adaptive] [probability PROBABILITY] [bandwidth KBPS]
\t\t[ecn] [harddrop] [nodrop]
\t\t[qevent early_drop block IDX] [qevent mark block IDX]
`;
/** From this exponent on the average is slow to follow. */
const SLOW = 10;

export const red: QdiscSyntax = {
  parse(words, warn) {
    const options: Partial<RedSpec> = {};
    while (!words.done) readOption(options, words.next(), words);
    const { limit, average } = options;
    if (!limit || !average) throw refuse('RED: Required parameter (limit, avpkt) is missing');
    const spec = completeRed({ ...options, limit, average });
    if (options.bandwidth === undefined) warn('RED: set bandwidth to 10Mbit');
    const parameters = redParameters(spec);
    if (parameters instanceof RedMisfit) throw refuse(parameters.message);
    if (parameters.wlog >= SLOW) warn(`RED: WARNING. Burst ${spec.burst} seems to be too large.`);
    return { kind: 'red', ...spec };
  },

  text(view) {
    const { limit, min, max } = specOf(view);
    const flags = flagsOf(view).map((flag) => `${flag} `);
    return `limit ${formatSize(limit)} min ${formatSize(min)} max ${formatSize(max)} ${flags.join('')}`;
  },

  json(view) {
    const { limit, min, max } = specOf(view);
    return { limit, min, max, ...Object.fromEntries(flagsOf(view).map((flag) => [flag, true])) };
  },

  statistics(view) {
    const { marked, early, full } = view.red!;
    return `  marked ${marked} early ${early} pdrop ${full} other 0\n`;
  },

  statisticsJson(view) {
    const { marked, early, full } = view.red!;
    return { marked, early, pdrop: full, other: 0 };
  },
};

function readOption(options: Partial<RedSpec>, word: string, words: Arguments): void {
  const read = (parse: (text: string) => number | undefined) => readValue(words, word, parse);
  if (word === 'limit') options.limit = read(parseSize);
  else if (word === 'min') options.min = read(parseSize);
  else if (word === 'max') options.max = read(parseSize);
  else if (word === 'avpkt') options.average = read(parseSize);
  else if (word === 'burst') options.burst = read(parseUnsigned);
  else if (word === 'probability') options.probability = read(parseFraction);
  else if (word === 'bandwidth') options.bandwidth = read(parseRate);
  else if (word === 'ecn' || word === 'harddrop' || word === 'nodrop') options[word] = true;
  else if (['adaptive', 'adaptative', 'qevent'].includes(word)) throw new NotSupported('tc', `"red ${word}"`);
  else throw unknownWord(word, USAGE);
}

function specOf({ spec }: QdiscView): RedSpec {
  return spec as RedSpec & { kind: 'red' };
}

function flagsOf(view: QdiscView): string[] {
  const { ecn, harddrop, nodrop } = specOf(view);
  return [...(ecn ? ['ecn'] : []), ...(harddrop ? ['harddrop'] : []), ...(nodrop ? ['nodrop'] : [])];
}

function parseFraction(text: string): number | undefined {
  return /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : undefined;
}
