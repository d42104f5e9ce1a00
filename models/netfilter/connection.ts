import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { TcpTracking } from './conntrack-tcp.ts';
import type { Tuple } from './tuple.ts';

/** What has happened to a connection: the bits of Linux `enum ip_conntrack_status`. */
export const Status = {
  expected: 0x001,
  seenReply: 0x002,
  assured: 0x004,
  confirmed: 0x008,
  sourceNat: 0x010,
  destinationNat: 0x020,
  sourceNatDone: 0x080,
  destinationNatDone: 0x100,
  dying: 0x200,
} as const;

/** Either kind of translation is in effect. */
export const STATUS_NAT = Status.sourceNat | Status.destinationNat;
/** Both kinds have been decided on. */
export const STATUS_NAT_DONE = Status.sourceNatDone | Status.destinationNatDone;

/** What a packet is to its connection (Linux `enum ip_conntrack_info`). */
export const Info = {
  established: 0,
  related: 1,
  new: 2,
  establishedReply: 3,
  relatedReply: 4,
  untracked: 7,
} as const;
export type Info = (typeof Info)[keyof typeof Info];

/** Whether a packet travels against the direction in which its connection was opened. */
export function isReply(info: Info): boolean {
  return info === Info.establishedReply || info === Info.relatedReply;
}

/** An entry of the connection table (Linux `struct nf_conn`). */
export class Connection {
  readonly id: number;
  readonly original: Tuple;
  /** What answers look like when they come in; translation alters it before the entry is confirmed. */
  reply: Tuple;
  /** Sum of `Status` bits. */
  status = 0;
  mark = 0;
  /** When it is forgotten, nanoseconds. */
  expires = 0;
  /** Of UDP: a flow that is still alive then is a stream. */
  streamFrom = 0;
  /** Of TCP. */
  tcp: TcpTracking | null = null;
  /** Index of the interface whose address it was masqueraded with, 0 for none. */
  masqueradedBy = 0;

  // counted only with `nf_conntrack_acct`
  originalPackets = 0;
  originalBytes = 0;
  replyPackets = 0;
  replyBytes = 0;

  /** Neighbours in the list of all confirmed entries, oldest first. */
  before: Connection | null = null;
  after: Connection | null = null;
  /** Next of the connections with the same original source, where translation looks for one to reuse. */
  nextBySource: Connection | null = null;

  constructor(id: number, original: Tuple, reply: Tuple) {
    this.id = id;
    this.original = original;
    this.reply = reply;
    original.connection = this;
    reply.connection = this;
  }

  get protocol(): number {
    return this.original.protocol;
  }

  get confirmed(): boolean {
    return (this.status & Status.confirmed) !== 0;
  }

  /** The tuple of the packets of one direction. */
  tuple(reply: boolean): Tuple {
    return reply ? this.reply : this.original;
  }

  /** Where the packets of one direction go to, as a source: what their answers come from. */
  sourceAfterDestinationNat(): Ipv4Address {
    return this.reply.source;
  }
}
