import { ControlError } from '../netns/control-error.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { SetEntrySpec, SetSpec, SetView } from './control-types.ts';
import { IpSet } from './ip-set.ts';

/** What a rule holds of a set: two sets may be swapped under it. */
export interface SetSlot {
  set: IpSet;
}

/** The sets of a namespace, as `ipset` manages them. */
export class IpSets {
  private readonly slots = new Map<string, SetSlot>();

  constructor(
    private readonly namespace: NetworkNamespace,
    /** Rules that name a set. */
    private readonly rulesNaming: (name: string) => number,
  ) {}

  /** @throws ControlError ENOENT */
  slot(name: string): SetSlot {
    const slot = this.slots.get(name);
    if (slot === undefined) throw new ControlError('ENOENT');
    return slot;
  }

  create(spec: SetSpec, exist: boolean): void {
    if (spec.name.length > 31 || spec.name === '') throw new ControlError('ENAMETOOLONG');
    if (spec.netmask !== undefined && (spec.netmask < 1 || spec.netmask > 32)) {
      throw new ControlError('EINVAL');
    }
    const old = this.slots.get(spec.name);
    if (old === undefined) this.slots.set(spec.name, { set: new IpSet(spec) });
    else if (!exist || old.set.spec.type !== spec.type) throw new ControlError('EEXIST');
  }

  destroy(name: string | undefined): void {
    const names = name === undefined ? [...this.slots.keys()] : [this.slot(name).set.name];
    if (names.some((one) => this.rulesNaming(one) > 0)) throw new ControlError('EBUSY');
    if (name !== undefined && this.references(name) > 0) throw new ControlError('EBUSY');
    for (const one of names) this.slots.delete(one);
  }

  rename(name: string, newName: string): void {
    const slot = this.slot(name);
    if (this.slots.has(newName)) throw new ControlError('EEXIST');
    if (this.references(name) > 0) throw new ControlError('EBUSY');
    this.slots.delete(name);
    slot.set.name = newName;
    this.slots.set(newName, slot);
  }

  /** The contents change places; who names one of them now has the other's. */
  swap(name: string, other: string): void {
    const first = this.slot(name);
    const second = this.slot(other);
    if (first.set.spec.type !== second.set.spec.type) throw new ControlError('EINVAL');
    [first.set, second.set] = [second.set, first.set];
    first.set.name = name;
    second.set.name = other;
  }

  flush(name: string | undefined): void {
    if (name !== undefined) this.slot(name).set.flush();
    else for (const { set } of this.slots.values()) set.flush();
  }

  add(name: string, entry: SetEntrySpec, exist: boolean): void {
    this.slot(name).set.add(entry, exist, this.now, (other) => this.slot(other).set);
  }

  delete(name: string, entry: SetEntrySpec, exist: boolean): void {
    this.slot(name).set.delete(entry, exist, this.now);
  }

  has(name: string, entry: SetEntrySpec): boolean {
    return this.slot(name).set.has(entry, this.now);
  }

  views(): SetView[] {
    return [...this.slots.keys()].sort().map((name) => this.view(name)!);
  }

  view(name: string): SetView | undefined {
    const set = this.slots.get(name)?.set;
    if (set === undefined) return undefined;
    return {
      ...set.spec,
      name: set.name,
      hashSize: set.hashSize,
      maxElements: set.maxElements,
      references: this.references(name),
      entries: set.view(this.now),
    };
  }

  private references(name: string): number {
    let count = this.rulesNaming(name);
    for (const { set } of this.slots.values()) count += set.references(name);
    return count;
  }

  private get now(): number {
    return this.namespace.network.simulation.now;
  }
}
