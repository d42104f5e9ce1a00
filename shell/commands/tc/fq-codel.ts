import type { QdiscView } from '../../../models/queueing/qdisc-control.ts';
import type { FqCodelSpec } from '../../../models/queueing/qdisc-spec.ts';
import { NotSupported } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import type { JsonObject } from '../iproute2/json-writer.ts';
import { type QdiscSyntax, readValue, unknownWord } from './qdisc-syntax.ts';
import { formatSize, formatTime, parseSize, parseTime, parseUnsigned } from './units.ts';

const USAGE = `Usage: ... fq_codel\t[ limit PACKETS ] [ flows NUMBER ]
[ memory_limit BYTES ]
[ target TIME ] [ interval TIME ]
[ quantum BYTES ] [ [no]ecn ]
[ ce_threshold TIME ]
[ ce_threshold_selector VALUE/MASK ]
[ drop_batch SIZE ]
`;

export const fqCodel: QdiscSyntax = {
  parse(words) {
    const spec: FqCodelSpec = { kind: 'fq_codel' };
    while (!words.done) readOption(spec, words.next(), words);
    return spec;
  },

  text({ spec }) {
    const { limit, flows, quantum, target, ceThreshold, interval, memoryLimit, ecn, dropBatch } =
      spec as Required<FqCodelSpec>;
    const threshold = ceThreshold === undefined ? '' : `ce_threshold ${formatTime(ceThreshold / 1000)} `;
    return (
      `limit ${limit}p flows ${flows} quantum ${quantum} target ${formatTime(target / 1000)} ${threshold}` +
      `interval ${formatTime(interval / 1000)} memory_limit ${formatSize(memoryLimit)} ` +
      `${ecn ? 'ecn ' : ''}drop_batch ${dropBatch} `
    );
  },

  json({ spec }) {
    const { limit, flows, quantum, target, ceThreshold, interval, memoryLimit, ecn, dropBatch } =
      spec as Required<FqCodelSpec>;
    return {
      limit,
      flows,
      quantum,
      target: microseconds(target),
      ...(ceThreshold !== undefined && { ce_threshold: microseconds(ceThreshold) }),
      interval: microseconds(interval),
      memory_limit: memoryLimit,
      ...(ecn && { ecn }),
      drop_batch: dropBatch,
    };
  },

  statistics(view) {
    const { new_flows_len, old_flows_len, ...figures } = statisticsOf(view);
    const words = Object.entries(figures).map(([name, value]) => ` ${name} ${value}`);
    return ` ${words.join('')}\n  new_flows_len ${new_flows_len} old_flows_len ${old_flows_len}\n`;
  },

  statisticsJson: (view) => statisticsOf(view),
};

function readOption(spec: FqCodelSpec, word: string, words: Arguments): void {
  const read = (parse: (text: string) => number | undefined) => readValue(words, word, parse);
  const readTime = () => Math.floor(read(parseTime)) * 1000;
  if (word === 'limit') spec.limit = read(parseUnsigned);
  else if (word === 'flows') spec.flows = read(parseUnsigned);
  else if (word === 'quantum') spec.quantum = read(parseUnsigned);
  else if (word === 'drop_batch') spec.dropBatch = read(parseUnsigned);
  else if (word === 'memory_limit') spec.memoryLimit = read(parseSize);
  else if (word === 'target') spec.target = readTime();
  else if (word === 'interval') spec.interval = readTime();
  else if (word === 'ce_threshold') spec.ceThreshold = readTime();
  else if (word === 'ecn' || word === 'noecn') spec.ecn = word === 'ecn';
  else if (word === 'ce_threshold_selector') throw new NotSupported('tc', `"fq_codel ${word}"`);
  else throw unknownWord(word, USAGE);
}

/** In the order in which tc prints them; what is 0 and not always printed is left out. */
function statisticsOf({ codel }: QdiscView): JsonObject {
  const { longest, dropOverLimit, newFlows, ecnMarks, ceMarks, memory, dropOverMemory } = codel!;
  return {
    maxpacket: longest,
    drop_overlimit: dropOverLimit,
    new_flow_count: newFlows,
    ecn_mark: ecnMarks,
    ...(ceMarks > 0 && { ce_mark: ceMarks }),
    ...(memory > 0 && { memory_used: memory }),
    ...(dropOverMemory > 0 && { drop_overmemory: dropOverMemory }),
    new_flows_len: codel!.freshFlows,
    old_flows_len: codel!.oldFlows,
  };
}

function microseconds(nanoseconds: number): number {
  return Math.floor(nanoseconds / 1000);
}
