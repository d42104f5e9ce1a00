import { IpProtocol } from '../wire/ipv4.ts';
import type { Connection } from './connection.ts';
import type { Conntrack } from './conntrack.ts';
import type { NatRange } from './control-types.ts';
import type { Manipulation } from './nat.ts';
import { invert, Tuple } from './tuple.ts';

/** Ports tried in one go, and so few in the last one (Linux `NF_NAT_MAX_ATTEMPTS`, `NF_NAT_HARDER_THRESH`). */
const ATTEMPTS = 128;
const ATTEMPTS_MIN = 32;

const chosen = new Tuple();
const answer = new Tuple();

/**
 * The tuple that a connection is translated to, different from that of every other connection if possible (Linux
 * `get_unique_tuple`). The answer is one shared object, good until the next call.
 */
export function uniqueTuple(
  conntrack: Conntrack,
  connection: Connection,
  current: Tuple,
  range: NatRange,
  manipulation: Manipulation,
): Tuple {
  const anyPort = range.random === true || range.randomFully === true;
  if (manipulation === 'source' && !anyPort) {
    if (isInRange(current, range)) {
      if (!isUsed(conntrack, current, connection)) return chosen.copyFrom(current);
    } else if (likeOthersFromSource(conntrack, connection, current, range)) {
      return chosen;
    }
  }
  chosen.copyFrom(current);
  chooseAddress(chosen, range, manipulation);
  if (!anyPort && isGoodEnough(conntrack, connection, range, manipulation)) return chosen;
  choosePort(conntrack, connection, range, manipulation);
  return chosen;
}

/** What its source was mapped to for other connections (Linux `find_appropriate_src`). */
function likeOthersFromSource(
  conntrack: Conntrack,
  connection: Connection,
  current: Tuple,
  range: NatRange,
): boolean {
  for (const other of conntrack.table.fromSource(current)) {
    if (other.expires <= conntrack.now) continue;
    invert(other.reply, chosen);
    chosen.destination = current.destination;
    chosen.destinationPort = current.destinationPort;
    if (isInRange(chosen, range)) return !isUsed(conntrack, chosen, connection);
  }
  return false;
}

function isGoodEnough(
  conntrack: Conntrack,
  connection: Connection,
  range: NatRange,
  manipulation: Manipulation,
): boolean {
  const { ports, basePort } = range;
  if (ports === undefined) return !isUsed(conntrack, chosen, connection);
  if (basePort !== undefined || !isPortInRange(chosen, range, manipulation)) return false;
  return ports.first === ports.last || !isUsed(conntrack, chosen, connection);
}

/** Whether the source of a tuple is one that the range allows (Linux `nf_in_range`). */
function isInRange(tuple: Tuple, range: NatRange): boolean {
  const { addresses } = range;
  const source = tuple.source >>> 0;
  if (addresses !== undefined && (source < addresses.first || source > addresses.last)) return false;
  return range.ports === undefined || isPortInRange(tuple, range, 'source');
}

function isPortInRange(tuple: Tuple, { ports }: NatRange, manipulation: Manipulation): boolean {
  const { protocol } = tuple;
  const hasPort = protocol === IpProtocol.tcp || protocol === IpProtocol.udp || protocol === IpProtocol.icmp;
  if (ports === undefined || !hasPort) return true;
  const source = manipulation === 'source' || protocol === IpProtocol.icmp;
  const port = source ? tuple.sourcePort : tuple.destinationPort;
  return port >= ports.first && port <= ports.last;
}

/** One address of the range, always the same for the same flow (Linux `find_best_ips_proto`). */
function chooseAddress(tuple: Tuple, { addresses, persistent }: NatRange, manipulation: Manipulation): void {
  if (addresses === undefined) return;
  const { first, last } = addresses;
  let address = first;
  if (first !== last) {
    const other = persistent === true ? 0 : tuple.destination;
    let hash = Math.imul(tuple.source ^ 0x3c6ef372, 0x9e3779b1) ^ Math.imul(other, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    address = first + Math.floor((hash / 2 ** 32) * (last - first + 1));
  }
  if (manipulation === 'source') tuple.source = address | 0;
  else tuple.destination = address | 0;
}

/** Linux `nf_nat_l4proto_unique_tuple`. */
function choosePort(
  conntrack: Conntrack,
  connection: Connection,
  range: NatRange,
  manipulation: Manipulation,
): void {
  const { protocol } = chosen;
  const icmp = protocol === IpProtocol.icmp;
  if (!icmp && protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return;
  const source = icmp || manipulation === 'source';
  if (range.ports === undefined && !source) return;
  const port = source ? chosen.sourcePort : chosen.destinationPort;
  const { first, count } = candidates(range, port, icmp);
  const draws = conntrack.namespace.network.random.stream('nat_port', conntrack.namespace.name);
  let offset = 0;
  if (range.basePort !== undefined) offset = (port - range.basePort + 0x10000) & 0xffff;
  else if (range.random === true || range.randomFully === true || manipulation === 'source') {
    offset = draws.integer(0, 0xffff);
  }
  for (let attempts = Math.min(count, ATTEMPTS); ; attempts >>= 1) {
    for (let i = 0; i < attempts; i++) {
      const candidate = first + ((offset + i) % count);
      if (source) chosen.sourcePort = candidate;
      else chosen.destinationPort = candidate;
      if (!isUsed(conntrack, chosen, connection)) return;
    }
    if (attempts >= count || attempts < ATTEMPTS_MIN) return;
    offset = draws.integer(0, 0xffff);
  }
}

/** Ports to choose from: a privileged one stays privileged. */
function candidates({ ports }: NatRange, port: number, icmp: boolean): { first: number; count: number } {
  if (ports !== undefined) return { first: ports.first, count: ports.last - ports.first + 1 };
  if (icmp) return { first: 0, count: 65_536 };
  if (port < 512) return { first: 1, count: 511 };
  if (port < 1024) return { first: 600, count: 424 };
  return { first: 1024, count: 64_512 };
}

/** Whether the answers to such packets would be taken for another connection's (Linux `nf_nat_used_tuple`). */
function isUsed(conntrack: Conntrack, tuple: Tuple, connection: Connection): boolean {
  invert(tuple, answer);
  return conntrack.table.isTaken(answer, connection, conntrack.now);
}
