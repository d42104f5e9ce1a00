import type { FifoSpec } from '../../../models/queueing/qdisc-spec.ts';
import type { QdiscSyntax } from './qdisc-syntax.ts';
import { refuse } from './qdisc-syntax.ts';
import { formatSize, parseSize } from './units.ts';

export function fifoSyntax(kind: FifoSpec['kind']): QdiscSyntax {
  return {
    parse(words) {
      let limit = kind === 'bfifo' ? 1_514_000 : 1000;
      while (!words.done) {
        const word = words.next();
        if (word !== 'limit') throw refuse(`${kind}: unknown parameter "${word}"`);
        const text = words.next();
        const value = parseSize(text);
        if (value === undefined) throw refuse(`${kind}: Illegal value for "limit": "${text}"`);
        limit = value;
      }
      return { kind, limit };
    },
    text({ spec }) {
      const { limit } = spec as FifoSpec;
      return kind === 'bfifo' ? `limit ${formatSize(limit)}` : `limit ${limit}p`;
    },
    json: ({ spec }) => ({ limit: (spec as FifoSpec).limit }),
  };
}
