import { ControlError } from './control-error.ts';
import type { Interface } from './interface.ts';
import { mustFind } from './link-control.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import type { QdiscSpec, QdiscStatistics, QueueingDiscipline } from './qdisc.ts';
import { newQdiscStatistics } from './qdisc.ts';
import { Fifo } from './qdisc-fifo.ts';
import { TokenBucketFilter } from './qdisc-tbf.ts';
import { hardTransmit } from './transmit.ts';

/** Major numbers of handles that the kernel gives by itself start behind this one. */
const AUTOMATIC_HANDLES = 0x8000;

/** The discipline of an interface as `tc qdisc show` has it. */
export interface QdiscView {
  dev: string;
  kind: string;
  /** Major number; 0 for the one that an interface has by itself. */
  handle: number;
  /** Absent for the one that an interface has by itself. */
  spec?: QdiscSpec;
  /** For tbf: nanoseconds of a burst. */
  burstTime?: number;
  statistics: QdiscStatistics;
}

/** `tc qdisc add|replace|change dev X root ...` (Linux `tc_modify_qdisc`). */
export function setQdisc(
  namespace: NetworkNamespace,
  dev: string,
  spec: QdiscSpec,
  mode: 'add' | 'replace' | 'change',
  handle?: number,
): void {
  const iface = mustFind(namespace, dev);
  const present = iface.qdisc;
  if (mode === 'add' && present !== null) {
    throw new ControlError('EEXIST', 'Exclusivity flag on, cannot modify');
  }
  if (mode === 'change' && present === null) {
    throw new ControlError('ENOENT', 'Qdisc not found. To create specify NLM_F_CREATE flag');
  }
  namespace.generation++;
  const sameHandle = handle === undefined || handle === iface.qdiscHandle;
  if (present !== null && present.spec.kind === spec.kind && sameHandle) {
    present.change(spec);
    return;
  }
  present?.reset();
  iface.qdisc = create(iface, spec);
  iface.qdiscHandle = handle ?? AUTOMATIC_HANDLES + ++namespace.lastQdisc;
}

/** `tc qdisc del dev X root` */
export function deleteQdisc(namespace: NetworkNamespace, dev: string): void {
  const iface = mustFind(namespace, dev);
  if (iface.qdisc === null) throw new ControlError('ENOENT', 'Cannot delete qdisc with handle of zero');
  iface.qdisc.reset();
  iface.qdisc = null;
  iface.qdiscHandle = 0;
  namespace.generation++;
}

/** The disciplines of all interfaces that have been up. */
export function qdiscs(namespace: NetworkNamespace): QdiscView[] {
  return namespace
    .links()
    .filter(({ qdisc }) => qdisc !== 'noop')
    .map(({ name, qdisc: kind }) => {
      const { qdisc, qdiscHandle: handle } = mustFind(namespace, name);
      if (qdisc === null) return { dev: name, kind, handle: 0, statistics: newQdiscStatistics() };
      const { spec, statistics } = qdisc;
      const burst = qdisc instanceof TokenBucketFilter ? { burstTime: qdisc.burstTime } : {};
      return { dev: name, kind, handle, spec, statistics, ...burst };
    });
}

function create(iface: Interface, spec: QdiscSpec): QueueingDiscipline {
  return spec.kind === 'tbf'
    ? new TokenBucketFilter(iface, spec, hardTransmit)
    : new Fifo(iface, spec, hardTransmit);
}
