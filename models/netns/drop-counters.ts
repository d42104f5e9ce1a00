import { DROP_REASON_COUNT, type DropReason, dropReasonName } from '../drop-reason.ts';
import type { Interface } from './interface/interface.ts';

/** Packets that died of one reason at one interface. */
export interface DropRow {
  namespace: string;
  interface: string;
  reason: string;
  packets: number;
}

/** Counts drops by reason and place. */
export class DropCounters {
  private readonly counts = new Map<number, number>();
  private readonly interfaces = new Map<number, Interface>();
  private readonly totals = new Float64Array(DROP_REASON_COUNT);

  add(iface: Interface, reason: DropReason): void {
    const key = iface.id * DROP_REASON_COUNT + reason;
    const count = this.counts.get(key);
    this.totals[reason]++;
    if (count === undefined) this.interfaces.set(iface.id, iface);
    this.counts.set(key, (count ?? 0) + 1);
  }

  total(reason: DropReason): number {
    return this.totals[reason];
  }

  /** Every place and reason with its count, in the order of interfaces and reasons. */
  rows(): DropRow[] {
    const keys = [...this.counts.keys()].sort((a, b) => a - b);
    return keys.map((key) => {
      const iface = this.interfaces.get(Math.floor(key / DROP_REASON_COUNT))!;
      const reason = dropReasonName((key % DROP_REASON_COUNT) as DropReason);
      return {
        namespace: iface.namespace.name,
        interface: iface.name,
        reason,
        packets: this.counts.get(key)!,
      };
    });
  }
}
