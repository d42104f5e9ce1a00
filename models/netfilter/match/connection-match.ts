import type { Packet } from '../../packet.ts';
import { type Connection, Info, isReply, Status } from '../connection.ts';
import type { Conntrack } from '../conntrack.ts';
import type { ConntrackMatch, ConntrackState, ConntrackStatus, MarkMatch } from '../control-types.ts';
import { isAddressWithin } from './addresses.ts';
import type { Matcher } from './matcher.ts';
import { isPortWithin } from './ports.ts';

const stateBits: Record<ConntrackState, number> = {
  INVALID: 1,
  ESTABLISHED: 2,
  RELATED: 4,
  NEW: 8,
  UNTRACKED: 16,
  SNAT: 32,
  DNAT: 64,
};
const statusBits: Record<ConntrackStatus, number> = {
  NONE: 0,
  EXPECTED: Status.expected,
  SEEN_REPLY: Status.seenReply,
  ASSURED: Status.assured,
  CONFIRMED: Status.confirmed,
};

function bitsOfInfo(info: Info): number {
  switch (info) {
    case Info.established:
    case Info.establishedReply:
      return stateBits.ESTABLISHED;
    case Info.related:
    case Info.relatedReply:
      return stateBits.RELATED;
    default:
      return stateBits.NEW;
  }
}

/** `-m conntrack` and `-m state` (Linux `xt_conntrack`). */
export class ConnectionMatcher implements Matcher {
  private readonly states: number;
  private readonly statesNot: boolean;
  private readonly onlyStates: boolean;

  constructor(
    private readonly spec: ConntrackMatch,
    private readonly conntrack: Conntrack,
  ) {
    const any = spec.states?.any ?? [];
    this.states = any.reduce((sum, state) => sum | stateBits[state], 0);
    this.statesNot = spec.states?.not === true;
    const { match: _match, spelling: _spelling, states: _states, ...others } = spec;
    this.onlyStates = Object.values(others).every((value) => value === undefined);
  }

  test(packet: Packet): boolean {
    const state = packet.netfilter;
    const connection = state === null ? null : state.connection;
    if (this.spec.states !== undefined && !this.testStates(packet)) return false;
    if (this.onlyStates) return true;
    // what is not known cannot be compared (the kernel answers by the state alone)
    if (connection === null || state === null) return this.spec.states !== undefined;
    return this.testEntry(connection, isReply(state.info));
  }

  private testStates({ netfilter: state }: Packet): boolean {
    let bits: number = stateBits.INVALID;
    if (state !== null && state.connection !== null) {
      bits = bitsOfInfo(state.info);
      if ((state.connection.status & Status.sourceNat) !== 0) bits |= stateBits.SNAT;
      if ((state.connection.status & Status.destinationNat) !== 0) bits |= stateBits.DNAT;
    } else if (state !== null && state.info === Info.untracked) bits = stateBits.UNTRACKED;
    return ((bits & this.states) !== 0) !== this.statesNot;
  }

  private testEntry(connection: Connection, reply: boolean): boolean {
    const { spec } = this;
    if (spec.direction !== undefined && (spec.direction === 'REPLY') !== reply) return false;
    if (spec.protocol !== undefined) {
      const same = connection.protocol === spec.protocol.number;
      if (same === (spec.protocol.not === true)) return false;
    }
    if (spec.status !== undefined) {
      const bits = spec.status.any.reduce((sum, status) => sum | statusBits[status], 0);
      const has = bits === 0 ? connection.status === 0 : (connection.status & bits) !== 0;
      if (has === (spec.status.not === true)) return false;
    }
    return this.testTuples(connection) && this.testExpiry(connection);
  }

  private testTuples({ original, reply }: Connection): boolean {
    const { spec } = this;
    return (
      isAddressWithin(original.source, spec.originalSource) &&
      isAddressWithin(original.destination, spec.originalDestination) &&
      isAddressWithin(reply.source, spec.replySource) &&
      isAddressWithin(reply.destination, spec.replyDestination) &&
      isPortWithin(original.sourcePort, spec.originalSourcePort) &&
      isPortWithin(original.destinationPort, spec.originalDestinationPort) &&
      isPortWithin(reply.sourcePort, spec.replySourcePort) &&
      isPortWithin(reply.destinationPort, spec.replyDestinationPort)
    );
  }

  private testExpiry(connection: Connection): boolean {
    const { expire } = this.spec;
    if (expire === undefined) return true;
    const left = Math.max(0, Math.floor((connection.expires - this.conntrack.now) / 1e9));
    return (left >= expire.first && left <= expire.last) !== (expire.not === true);
  }
}

/** `-m mark`. */
export class MarkMatcher implements Matcher {
  constructor(private readonly spec: MarkMatch) {}

  test(packet: Packet): boolean {
    return hasMark(packet.mark, this.spec);
  }
}

/** `-m connmark`: a packet of no connection never matches. */
export class ConnmarkMatcher implements Matcher {
  constructor(private readonly spec: MarkMatch) {}

  test({ netfilter: state }: Packet): boolean {
    return state !== null && state.connection !== null && hasMark(state.connection.mark, this.spec);
  }
}

function hasMark(mark: number, { value, mask, not }: MarkMatch): boolean {
  return ((mark & mask) >>> 0 === value >>> 0) !== (not === true);
}
