import type { Interface } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { formatIpv4 } from '../wire/ipv4-address.ts';
import { type Connection, Info, isReply, STATUS_NAT, Status } from './connection.ts';
import type { Conntrack } from './conntrack.ts';
import { isIcmpError } from './conntrack-icmp.ts';
import type { HookName, NatRange } from './control-types.ts';
import type { FilterState } from './filter-state.ts';
import { translateIcmpError } from './nat-icmp.ts';
import { uniqueTuple } from './nat-unique-tuple.ts';
import { invert, Tuple } from './tuple.ts';

/** Which end of a packet is rewritten (Linux `enum nf_nat_manip_type`). */
export type Manipulation = 'source' | 'destination';

/** What is rewritten where (Linux `HOOK2MANIP`). */
export function manipulationAt(hook: HookName): Manipulation {
  return hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source';
}

export function doneBit(manipulation: Manipulation): number {
  return manipulation === 'source' ? Status.sourceNatDone : Status.destinationNatDone;
}

/** The bit that says whether packets of one direction are rewritten so. */
export function natBit(manipulation: Manipulation, reply: boolean): number {
  const bit = manipulation === 'source' ? Status.sourceNat : Status.destinationNat;
  return reply ? bit ^ STATUS_NAT : bit;
}

const current = new Tuple();
const target = new Tuple();

/** Decides how a new connection is translated (Linux `nf_nat_setup_info`). */
export function setUpNat(
  conntrack: Conntrack,
  connection: Connection,
  range: NatRange,
  manipulation: Manipulation,
): void {
  if (connection.confirmed) return;
  invert(connection.reply, current);
  const chosen = uniqueTuple(conntrack, connection, current, range, manipulation);
  if (!chosen.equals(current)) {
    invert(chosen, connection.reply);
    connection.status |= manipulation === 'source' ? Status.sourceNat : Status.destinationNat;
  }
  connection.status |= doneBit(manipulation);
}

/** A connection that no rule translates keeps its addresses, but its tuple must still be its own. */
function setUpNull(conntrack: Conntrack, connection: Connection, manipulation: Manipulation): void {
  const address = (manipulation === 'source' ? connection.reply.destination : connection.reply.source) >>> 0;
  setUpNat(conntrack, connection, { addresses: { first: address, last: address } }, manipulation);
}

/**
 * Translates a packet at one hook (Linux `nf_nat_inet_fn`). `askRules` runs the chain of the nat table, which may
 * set the translation up. Answers whether the packet goes on.
 */
export function natAtHook(
  conntrack: Conntrack,
  packet: Packet,
  hook: HookName,
  out: Interface | null,
  askRules: () => boolean,
): boolean {
  const state = packet.netfilter;
  const connection = state?.connection ?? null;
  if (state === null || connection === null) return true;
  const manipulation = manipulationAt(hook);
  const related = state.info === Info.related || state.info === Info.relatedReply;
  if (related && packet.protocol === IpProtocol.icmp && isIcmpError(packet.icmpType)) {
    return translateIcmpError(packet, connection, isReply(state.info), manipulation);
  }
  const undecided = (connection.status & doneBit(manipulation)) === 0;
  if ((related || state.info === Info.new) && undecided) {
    if (!askRules()) return false;
    if ((connection.status & doneBit(manipulation)) === 0) setUpNull(conntrack, connection, manipulation);
  } else if (hook === 'POSTROUTING' && hasOtherWayOut(connection, state, out)) {
    conntrack.table.remove(connection);
    return false;
  }
  if (packet.traced === 0) translate(packet, connection, isReply(state.info), manipulation);
  else translateTraced(conntrack, packet, connection, manipulation);
  return true;
}

function translateTraced(
  conntrack: Conntrack,
  packet: Packet,
  connection: Connection,
  manipulation: Manipulation,
): void {
  const before = endOf(packet, manipulation);
  translate(packet, connection, isReply(packet.netfilter!.info), manipulation);
  const after = endOf(packet, manipulation);
  if (before === after) return;
  const { namespace } = conntrack;
  namespace.network.tracerOf(packet).translated(namespace, packet, before, after);
}

/** Address and port of one end of a packet, as text. */
function endOf(packet: Packet, manipulation: Manipulation): string {
  const source = manipulation === 'source';
  const address = `${manipulation} ${formatIpv4(source ? packet.ipSource : packet.ipDestination)}`;
  if (packet.protocol === IpProtocol.icmp) return `${address} id ${packet.icmpWord >>> 16}`;
  return `${address}:${source ? packet.sourcePort : packet.destinationPort}`;
}

/** A masqueraded connection has the address of another interface than it leaves by now. */
function hasOtherWayOut(connection: Connection, state: FilterState, out: Interface | null): boolean {
  return connection.masqueradedBy !== 0 && !isReply(state.info) && connection.masqueradedBy !== out?.index;
}

/** Rewrites one end of a packet as its connection says (Linux `nf_nat_packet`). */
function translate(packet: Packet, connection: Connection, reply: boolean, manipulation: Manipulation): void {
  if ((connection.status & natBit(manipulation, reply)) === 0) return;
  invert(connection.tuple(!reply), target);
  if (manipulation === 'source') packet.ipSource = target.source;
  else packet.ipDestination = target.destination;
  if (packet.protocol === IpProtocol.icmp) {
    packet.icmpWord = (target.sourcePort << 16) | (packet.icmpWord & 0xffff);
  } else if (packet.protocol === IpProtocol.tcp || packet.protocol === IpProtocol.udp) {
    if (manipulation === 'source') packet.sourcePort = target.sourcePort;
    else packet.destinationPort = target.destinationPort;
  }
}
