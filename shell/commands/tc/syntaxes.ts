import type { QdiscKind } from '../../../models/queueing/qdisc-spec.ts';
import { fifoSyntax } from './fifo.ts';
import { fqCodel } from './fq-codel.ts';
import { netem } from './netem.ts';
import { pfifoFast, prio } from './prio.ts';
import type { QdiscSyntax } from './qdisc-syntax.ts';
import { red } from './red.ts';
import { tbf } from './tbf.ts';

/** The disciplines that there are. */
export const syntaxes: Readonly<Record<QdiscKind, QdiscSyntax>> = {
  tbf,
  pfifo: fifoSyntax('pfifo'),
  bfifo: fifoSyntax('bfifo'),
  pfifo_head_drop: fifoSyntax('pfifo_head_drop'),
  pfifo_fast: pfifoFast,
  prio,
  fq_codel: fqCodel,
  red,
  netem,
};

/** What the kernel and iproute2 have and podwire has not. */
export const unmodelledKinds: readonly string[] = ['fq', 'codel', 'htb', 'hfsc', 'sfq', 'cake', 'ets', 'mq'];
