import { DEFAULT_PRIOMAP, type PrioSpec } from '../../../models/queueing/qdisc-spec.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { type QdiscSyntax, readValue, refuse, unknownWord } from './qdisc-syntax.ts';
import { parseUnsigned } from './units.ts';

const USAGE = 'Usage: ... prio bands NUMBER priomap P1 P2...[multiqueue]\n';
/** TC_PRIO_MAX */
const LAST_PRIORITY = 15;

export const prio: QdiscSyntax = {
  parse(words) {
    let bands = 3;
    let priomap: number[] | undefined;
    while (!words.done) {
      const word = words.next();
      if (word === 'bands') bands = readValue(words, 'bands', parseUnsigned);
      else if (word === 'multiqueue') throw new NotSupported('tc', '"prio multiqueue"');
      else if (word !== 'priomap') throw unknownWord(word, USAGE);
      else priomap = readPriomap(words, bands);
    }
    const rest = DEFAULT_PRIOMAP.slice(priomap?.length ?? 0);
    return { kind: 'prio', bands, priomap: [...(priomap ?? []), ...rest] };
  },

  text({ spec }) {
    const { bands, priomap } = spec as PrioSpec;
    return bandsText(bands, priomap);
  },

  json({ spec }) {
    const { bands, priomap } = spec as PrioSpec;
    return { bands, priomap: [...priomap], multiqueue: false };
  },
};

export const pfifoFast: QdiscSyntax = {
  parse(words) {
    if (words.done) return { kind: 'pfifo_fast' };
    throw new CommandFailure("qdisc 'pfifo_fast' does not support option parsing\n", 255);
  },
  text: () => bandsText(3, DEFAULT_PRIOMAP),
  json: () => ({ bands: 3, priomap: [...DEFAULT_PRIOMAP], multiqueue: false }),
};

function bandsText(bands: number, priomap: readonly number[]): string {
  return `bands ${bands} priomap ${priomap.join(' ')}`;
}

/** The bands of the first priorities, to the end of the line. */
function readPriomap(words: Arguments, bands: number): number[] {
  const priomap: number[] = [];
  while (!words.done) {
    const word = words.next();
    if (word === 'priomap') throw refuse('Error: duplicate priomap');
    const band = parseUnsigned(word);
    if (band === undefined) throw refuse('Illegal "priomap" element');
    if (band > bands) throw refuse('"priomap" element is out of bands');
    if (priomap.length > LAST_PRIORITY) throw refuse(`"priomap" index > TC_PRIO_MAX=${LAST_PRIORITY}`);
    priomap.push(band);
  }
  return priomap;
}
