import type { Ipv4Prefix } from '../../wire/ipv4-address.ts';
import type { PeerName } from '../peer-name.ts';
import type { AddressRange } from './address-range.ts';
import { IpamError } from './ipam-error.ts';
import type { OwnedAddresses } from './owned-addresses.ts';
import type { Ring } from './ring.ts';
import type { Space } from './space.ts';

/** What operations work with: the allocator, from inside. */
export interface OperationContext {
  readonly peer: PeerName;
  readonly universe: Ipv4Prefix;
  readonly ring: Ring;
  readonly space: Space;
  readonly owned: OwnedAddresses;
  readonly nicknames: ReadonlyMap<PeerName, string>;
  readonly draw: () => number;
  /** Sees to it that there will be a ring. */
  establishRing(): void;
  /** @returns an error text when there is no way to that peer */
  requestSpace(from: PeerName, range: AddressRange): string | null;
  /** Has this called when the action in hand is done. */
  answer(result: () => void): void;
}

/** Something asked for that may take its time. */
export interface PendingRequest {
  /** Who asked has gone. It is noticed when the operation is tried the next time. */
  abandon(): void;
}

/** Something that may have to wait until another peer has said something (Weave: `operation`). */
export interface Operation extends PendingRequest {
  /** @returns whether it is done with; if not it is to be tried again */
  try(): boolean;
  /** Ends it without a result. */
  cancel(): void;
}

/** One that is asked for by a container, and answers it. */
export abstract class AnsweredOperation<Result> implements Operation {
  /** Told in `weave report`. */
  readonly id: string;
  protected readonly context: OperationContext;
  private done: ((result: Result | IpamError) => void) | null;
  private cancelled = false;

  constructor(context: OperationContext, id: string, done: ((result: Result | IpamError) => void) | null) {
    this.context = context;
    this.id = id;
    this.done = done;
  }

  abandon(): void {
    this.cancelled = true;
  }

  try(): boolean {
    if (!this.cancelled) return this.attempt();
    this.cancel();
    return true;
  }

  cancel(): void {
    this.finish(new IpamError(`${this.kind} request for ${this.id} cancelled`, true));
  }

  /** As errors call it. */
  protected abstract readonly kind: string;

  protected abstract attempt(): boolean;

  /** Answers, once. */
  protected finish(result: Result | IpamError): void {
    const { done } = this;
    this.done = null;
    if (done !== null) this.context.answer(() => done(result));
  }
}

/** The id of whom has none: its addresses go by themselves (Weave: `NoContainerID`). */
export const NO_ID = '_';
