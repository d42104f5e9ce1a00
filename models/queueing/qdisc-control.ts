import { ControlError } from '../netns/control-error.ts';
import type { Interface } from '../netns/interface/interface.ts';
import { mustFind } from '../netns/interface/link-control.ts';
import { hardTransmit } from '../netns/interface/transmit.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { type Discipline, QdiscStatistics } from './discipline.ts';
import { Fifo } from './fifo.ts';
import { FqCodel, type FqCodelStatistics } from './fq-codel.ts';
import { Netem } from './netem.ts';
import { PfifoFast, Prio } from './prio.ts';
import { DEFAULT_PRIOMAP, type QdiscSpec } from './qdisc-spec.ts';
import { Red, type RedStatistics } from './red.ts';
import { TokenBucketFilter } from './token-bucket-filter.ts';
import { TransmitQueue } from './transmit-queue.ts';

/** Major numbers of handles that the kernel gives by itself start behind this one. */
const AUTOMATIC_HANDLES = 0x8000;

/** A class of a discipline: `MAJOR:MINOR`. */
export interface QdiscClass {
  major: number;
  minor: number;
}

/** Where a discipline is, or is to be: at the root of an interface, or in a class of another one. */
export interface QdiscPlace {
  dev: string;
  /** Absent for the root; `any` for the one with the handle, wherever it is. */
  parent?: QdiscClass | 'any';
  /** Major number; absent for one that the kernel chooses, or for any. */
  handle?: number;
}

/** A discipline of an interface as `tc qdisc show` has it. */
export interface QdiscView {
  dev: string;
  kind: string;
  /** Major number; 0 for the one that an interface has by itself. */
  handle: number;
  /** Absent for the root. */
  parent?: QdiscClass;
  /** Absent for the one that an interface has by itself. */
  spec?: QdiscSpec;
  /** For tbf: nanoseconds of a burst. */
  burstTime?: number;
  statistics: Readonly<QdiscStatistics>;
  backlogPackets: number;
  backlogBytes: number;
  /** What some kinds count in addition. */
  codel?: Readonly<FqCodelStatistics> & { freshFlows: number; oldFlows: number };
  red?: Readonly<RedStatistics>;
}

/** `tc qdisc add|replace|change dev X root|parent ...` (Linux `tc_modify_qdisc`). @throws ControlError */
export function setQdisc(
  namespace: NetworkNamespace,
  place: QdiscPlace,
  spec: QdiscSpec,
  mode: 'add' | 'replace' | 'change',
): void {
  const iface = mustFind(namespace, place.dev);
  const { handle } = place;
  if (place.parent === 'any' && handle === undefined) {
    throw new ControlError('EINVAL', 'Handle cannot be zero');
  }
  const slot = findSlot(iface, place);
  if (slot === null) throw new ControlError('ENOENT', 'Specified qdisc not found');
  const { present } = slot;
  if (present !== null && (handle === undefined || handle === present.handle)) {
    if (mode === 'add') throw new ControlError('EEXIST', 'Exclusivity flag on, cannot modify');
    if (present.spec.kind === spec.kind) {
      namespace.generation++;
      present.change(spec);
      iface.qdisc!.run();
      return;
    }
    if (handle !== undefined) {
      throw new ControlError('EINVAL', 'Invalid qdisc name: must match existing qdisc');
    }
  } else if (present !== null && mode !== 'replace') {
    throw new ControlError('EEXIST', 'NLM_F_REPLACE needed to override');
  } else if (handle !== undefined && findDiscipline(iface, handle) !== null) {
    throw new ControlError('EINVAL', 'Cannot move an existing qdisc to a different parent');
  } else if (present === null && mode === 'change') {
    throw new ControlError('ENOENT', 'Qdisc not found. To create specify NLM_F_CREATE flag');
  }
  namespace.generation++;
  slot.put(spec, handle ?? AUTOMATIC_HANDLES + ++namespace.lastQdisc);
}

/** `tc qdisc del dev X root|parent ...`. @throws ControlError ENOENT */
export function deleteQdisc(namespace: NetworkNamespace, place: QdiscPlace, kind?: string): void {
  const iface = mustFind(namespace, place.dev);
  const slot = findSlot(iface, place, 'Failed to find qdisc with specified classid');
  if (slot === null) throw new ControlError('ENOENT', 'Failed to find qdisc with specified handle');
  const { present } = slot;
  if (present === null) throw new ControlError('ENOENT', 'Cannot delete qdisc with handle of zero');
  if (place.handle !== undefined && place.handle !== present.handle) {
    throw new ControlError('EINVAL', 'Invalid handle');
  }
  if (kind !== undefined && kind !== present.spec.kind) {
    throw new ControlError('EINVAL', 'Invalid qdisc name: must match existing qdisc');
  }
  slot.clear();
  namespace.generation++;
}

/** The disciplines of all interfaces that have been up, and those put there, each before its children. */
export function qdiscs(namespace: NetworkNamespace): QdiscView[] {
  return namespace.links().flatMap(({ name: dev, qdisc: kind }) => {
    const { qdisc } = mustFind(namespace, dev);
    if (qdisc !== null) return viewsOf(qdisc.root);
    if (kind === 'noop') return [];
    const nothing = { statistics: new QdiscStatistics(), backlogPackets: 0, backlogBytes: 0 };
    return [{ dev, kind, handle: 0, ...nothing }];
  });
}

/** A place for a discipline. */
interface Slot {
  present: Discipline | null;
  put: (spec: QdiscSpec, handle: number) => void;
  clear: () => void;
}

/** Null when nothing has the handle. @param missing what is said when the parent is not there */
function findSlot(
  iface: Interface,
  { parent: at, handle }: QdiscPlace,
  missing = 'Failed to find specified qdisc',
): Slot | null {
  if (at === undefined) return rootSlot(iface);
  if (at === 'any') {
    const found = handle === undefined ? null : findDiscipline(iface, handle);
    if (found === null) return null;
    return found.parent === null ? rootSlot(iface) : classSlot(iface, found.parent, found.parentClass);
  }
  const parent = findDiscipline(iface, at.major);
  if (parent === null) throw new ControlError('ENOENT', missing);
  return classSlot(iface, parent, at.minor);
}

function classSlot(iface: Interface, parent: Discipline, minor: number): Slot {
  // where there is one class it has any number
  const number = parent.classes === 1 ? 1 : minor;
  if (number < 1 || number > parent.classes) {
    throw new ControlError('ENOENT', 'Specified class not found');
  }
  return {
    present: parent.child(number),
    put: (spec, handle) => {
      const child = create(iface.qdisc!, spec, handle);
      parent.graft(number, child);
      child.parent = parent;
      child.parentClass = minor;
    },
    clear: () => parent.graft(number, null),
  };
}

function rootSlot(iface: Interface): Slot {
  return {
    present: iface.qdisc === null ? null : iface.qdisc.root,
    put: (spec, handle) => {
      const queue = new TransmitQueue(iface, hardTransmit);
      queue.root = create(queue, spec, handle);
      iface.qdisc?.reset();
      iface.qdisc = queue;
    },
    clear: () => {
      iface.qdisc!.reset();
      iface.qdisc = null;
    },
  };
}

function findDiscipline(iface: Interface, handle: number): Discipline | null {
  if (iface.qdisc === null) return null;
  return treeOf(iface.qdisc.root).find((discipline) => discipline.handle === handle) ?? null;
}

/** A discipline and all below it. */
function treeOf(discipline: Discipline): Discipline[] {
  const all = [discipline];
  for (let number = 1; number <= discipline.classes; number++) {
    const child = discipline.child(number);
    if (child !== null) all.push(...treeOf(child));
  }
  return all;
}

function viewsOf(root: Discipline): QdiscView[] {
  return treeOf(root).map((discipline) => {
    const { parent, spec, statistics, backlogPackets, backlogBytes, handle } = discipline;
    return {
      dev: discipline.iface.name,
      kind: spec.kind,
      handle,
      spec,
      statistics,
      backlogPackets,
      backlogBytes,
      ...(parent !== null && { parent: { major: parent.handle, minor: discipline.parentClass } }),
      ...(discipline instanceof TokenBucketFilter && { burstTime: discipline.burstTime }),
      ...(discipline instanceof Red && { red: discipline.red }),
      ...(discipline instanceof FqCodel && {
        codel: {
          ...discipline.codel,
          freshFlows: discipline.freshFlows,
          oldFlows: discipline.oldFlows,
        },
      }),
    };
  });
}

function create(queue: TransmitQueue, spec: QdiscSpec, handle: number): Discipline {
  switch (spec.kind) {
    case 'tbf':
      return new TokenBucketFilter(queue, handle, spec);
    case 'pfifo_fast':
      return new PfifoFast(queue, handle, DEFAULT_PRIOMAP);
    case 'prio':
      return new Prio(queue, handle, spec);
    case 'fq_codel':
      return new FqCodel(queue, handle, spec);
    case 'red':
      return new Red(queue, handle, spec);
    case 'netem':
      return new Netem(queue, handle, spec);
    default:
      return new Fifo(queue, handle, spec);
  }
}
