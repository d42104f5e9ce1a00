import { isFragment, type Packet } from '../../packet.ts';
import { IcmpType } from '../../wire/icmp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import { selectSourceAddress } from '../ipv4/source-address.ts';
import { NUD_VALID } from '../neighbour/neighbour.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { Nexthop, Route } from './route.ts';
import type { RouteDecision } from './route-decision.ts';
import { siphash32 } from './siphash.ts';

/**
 * The next hop of a flow (Linux `fib_select_path`): of several living ones the first whose share of all hashes
 * reaches up to the flow's.
 * @param packet what is sent, as far as it is known; null for nothing but the two addresses
 * @param sends whether it starts here: then the next hop that fits its source address is preferred
 */
export function selectNexthop(
  namespace: NetworkNamespace,
  route: Route,
  source: Ipv4Address,
  destination: Ipv4Address,
  packet: Packet | null,
  output: Interface | null,
  sends: boolean,
): Nexthop {
  if (route.nexthop !== null) return route.nexthop;
  // bound to an interface: the look-up has chosen (Linux res->nh_sel)
  const first = route.firstUsable(output) ?? route.several![0];
  if (sends && output !== null) return first;
  rebalance(route);
  const hash = flowHash(namespace, source, destination, packet);
  return selectByHash(namespace, route, hash, sends ? source : 0) ?? first;
}

/** Linux `fib_select_multipath`. */
function selectByHash(
  namespace: NetworkNamespace,
  route: Route,
  hash: number,
  source: Ipv4Address,
): Nexthop | null {
  const { fibMultipathUseNeigh } = namespace.sysctls;
  let best: Nexthop | null = null;
  let bestScore = -1;
  for (const nexthop of route.several!) {
    if (nexthop.upperBound < 0 || (fibMultipathUseNeigh && !isGood(nexthop))) continue;
    let score = 0;
    if (source !== 0 && sourceOf(nexthop, route) === source) score += 2;
    if (hash <= nexthop.upperBound) score++;
    if (score <= bestScore) continue;
    best = nexthop;
    bestScore = score;
    if (score === 3 || (source === 0 && score === 1)) break;
  }
  return best;
}

/** Every living next hop's share of the hashes 0 to 2^31 - 1, by weight (Linux `fib_rebalance`). */
function rebalance(route: Route): void {
  let total = 0;
  for (const nexthop of route.several!) if (nexthop.usable) total += nexthop.weight;
  let sum = 0;
  for (const nexthop of route.several!) {
    if (!nexthop.usable) {
      nexthop.upperBound = -1;
      continue;
    }
    sum += nexthop.weight;
    nexthop.upperBound = Math.round((sum * 2 ** 31) / total) - 1;
  }
}

/** Linux `fib_good_nh`: one whose neighbour is known to be unreachable is passed over. */
function isGood(nexthop: Nexthop): boolean {
  const { iface, gateway, usesGateway } = nexthop;
  if (iface === null || !usesGateway) return true;
  const neighbour = iface.neighbours.get(gateway);
  return neighbour === undefined || (neighbour.state & NUD_VALID) !== 0;
}

function sourceOf(nexthop: Nexthop, route: Route): Ipv4Address {
  if (nexthop.iface === null) return 0;
  return selectSourceAddress(nexthop.iface, nexthop.gateway, route.scope) ?? 0;
}

/** Fills in the gateway, or the destination itself, with what redirects have taught. */
export function applyNexthop(
  decision: RouteDecision,
  route: Route,
  nexthop: Nexthop,
  destination: Ipv4Address,
  now: number,
): void {
  decision.route = route;
  decision.nexthop = nexthop;
  decision.nexthopAddress = nexthop.usesGateway ? nexthop.gateway : destination;
  if (nexthop.exceptions === null) return;
  const exception = nexthop.exceptions.get(destination);
  if (exception !== undefined && exception.expires > now && exception.gateway !== undefined) {
    decision.nexthopAddress = exception.gateway;
  }
}

/** The words of Linux `struct flow_keys` that are hashed; addresses and ports stand in network byte order. */
const FLOW_WORDS = 12;
const BASIC = 0;
const PORTS = 7;
const ADDRESSES = 9;
const words = new Int32Array(FLOW_WORDS);
const hashKey = new Int32Array(4);

/**
 * 31 bits over what `fib_multipath_hash_policy` says: 0 the addresses, 1 protocol and ports as well. With the same
 * `fib_multipath_hash_seed` they are the kernel's (`fib_multipath_hash`, `flow_hash_from_keys_seed`).
 */
function flowHash(
  namespace: NetworkNamespace,
  source: Ipv4Address,
  destination: Ipv4Address,
  packet: Packet | null,
): number {
  words.fill(0);
  if (namespace.sysctls.fibMultipathHashPolicy === 1) {
    const { protocol, sourcePort, destinationPort } = transportOf(packet);
    words[BASIC] = protocol << 16;
    words[PORTS] = portWord(sourcePort, destinationPort);
    setAddresses(source, destination);
  } else {
    const quoted = packet === null ? null : quotedAddresses(packet);
    if (quoted === null) setAddresses(source, destination);
    else setAddresses(quoted[0], quoted[1]);
  }
  hashKey.fill(namespace.multipathSeed);
  return (siphash32(words, hashKey) || 1) >>> 1;
}

/** The same for both directions of a flow (`__flow_hash_consistentify`). */
function setAddresses(source: Ipv4Address, destination: Ipv4Address): void {
  const from = networkOrder(source);
  const to = networkOrder(destination);
  const swap = to >>> 0 < from >>> 0;
  words[ADDRESSES] = swap ? to : from;
  words[ADDRESSES + 1] = swap ? from : to;
}

function portWord(source: number, destination: number): number {
  const from = ((source & 255) << 8) | (source >> 8);
  const to = ((destination & 255) << 8) | (destination >> 8);
  return to < from ? (from << 16) | to : (to << 16) | from;
}

/** How a little-endian machine reads an address. */
function networkOrder(address: Ipv4Address): number {
  return (address << 24) | ((address & 0xff00) << 8) | ((address >>> 8) & 0xff00) | (address >>> 24);
}

const NO_TRANSPORT = { protocol: 0, sourcePort: 0, destinationPort: 0 };

function transportOf(packet: Packet | null): typeof NO_TRANSPORT {
  if (packet === null) return NO_TRANSPORT;
  const { protocol, sourcePort, destinationPort } = packet;
  const ports = !isFragment(packet) && (protocol === IpProtocol.udp || protocol === IpProtocol.tcp);
  return ports ? { protocol, sourcePort, destinationPort } : { ...NO_TRANSPORT, protocol };
}

/** An ICMP error goes the way of the packet that it quotes (Linux `ip_multipath_l3_keys`); null for anything else. */
function quotedAddresses(packet: Packet): [source: Ipv4Address, destination: Ipv4Address] | null {
  const { protocol, icmpType, payloadLength } = packet;
  if (protocol !== IpProtocol.icmp || isFragment(packet) || payloadLength < 20) return null;
  const isError =
    icmpType === IcmpType.destinationUnreachable ||
    icmpType === IcmpType.redirect ||
    icmpType === IcmpType.timeExceeded ||
    icmpType === IcmpType.parameterProblem;
  if (!isError) return null;
  const bytes = new Uint8Array(20);
  packet.payload.writeTo(bytes, 0, 0, 20);
  const view = new DataView(bytes.buffer);
  return [view.getInt32(12), view.getInt32(16)];
}
