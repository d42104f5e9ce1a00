import { IcmpType } from '../wire/icmp.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Connection } from './connection.ts';

/**
 * One direction of a connection (Linux `struct nf_conntrack_tuple`). Of an ICMP query `sourcePort` is the
 * identifier and `destinationPort` type * 256 + code; of a protocol without ports both are 0.
 */
export class Tuple {
  source: Ipv4Address = 0;
  destination: Ipv4Address = 0;
  sourcePort = 0;
  destinationPort = 0;
  protocol = 0;
  zone = 0;
  /** Whose it is; null for one that is only searched for. */
  connection: Connection | null = null;
  /** Next in its bucket of the table. */
  next: Tuple | null = null;

  copyFrom(other: Tuple): this {
    this.source = other.source;
    this.destination = other.destination;
    this.sourcePort = other.sourcePort;
    this.destinationPort = other.destinationPort;
    this.protocol = other.protocol;
    this.zone = other.zone;
    return this;
  }

  equals(other: Tuple): boolean {
    return (
      this.source === other.source &&
      this.destination === other.destination &&
      this.sourcePort === other.sourcePort &&
      this.destinationPort === other.destinationPort &&
      this.protocol === other.protocol &&
      this.zone === other.zone
    );
  }

  /** Mixes all fields to 32 bits without sign. */
  hash(): number {
    let hash = Math.imul(this.source ^ 0x5bd1e995, 0x85ebca6b) ^ Math.imul(this.destination, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (this.sourcePort << 16) ^ this.destinationPort, 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12) ^ (this.protocol << 8) ^ this.zone, 0x297a2d39);
    return (hash ^ (hash >>> 15)) >>> 0;
  }
}

/** Types of ICMP that ask and those that answer (Linux `invmap`). */
const inverseType = new Map<number, number>([
  [IcmpType.echoRequest, IcmpType.echoReply],
  [IcmpType.echoReply, IcmpType.echoRequest],
  [IcmpType.timestamp, IcmpType.timestampReply],
  [IcmpType.timestampReply, IcmpType.timestamp],
  [15, 16],
  [16, 15],
  [17, 18],
  [18, 17],
]);

/** Whether an ICMP message of this type asks for or is an answer. */
export function isIcmpQuery(type: number): boolean {
  return inverseType.has(type);
}

/**
 * Fills `into` with what an answer to `tuple` looks like (Linux `nf_ct_invert_tuple`); false for an ICMP type that
 * has no answer. The two may be the same object.
 */
export function invert(tuple: Tuple, into: Tuple): boolean {
  const { source, destination, sourcePort, destinationPort, protocol, zone } = tuple;
  if (protocol === IpProtocol.icmp) {
    const type = inverseType.get(destinationPort >>> 8);
    if (type === undefined) return false;
    into.sourcePort = sourcePort;
    into.destinationPort = (type << 8) | (destinationPort & 0xff);
  } else {
    into.sourcePort = destinationPort;
    into.destinationPort = sourcePort;
  }
  into.source = destination;
  into.destination = source;
  into.protocol = protocol;
  into.zone = zone;
  return true;
}
