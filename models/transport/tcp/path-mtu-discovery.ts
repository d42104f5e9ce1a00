import { pathMtu } from '../../netns/ipv4/path-mtu.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { RouteDecision } from '../../netns/routing/route-decision.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import { arrived } from './arrived-segment.ts';
import { retransmitTooLong } from './retransmit.ts';
import { DEFAULT_MSS, type TcpConnection } from './tcp-connection.ts';
import { TcpState } from './tcp-state.ts';

const HEADERS = 40;
/** Linux `ip_rt_min_advmss`. */
const ANNOUNCED_MIN = 256;
/** 65,535 less two headers: loopback, whose MTU is 65,536, announces this. */
const ANNOUNCED_MAX = 65_495;
/** Linux TCP_MIN_SND_MSS. */
const MSS_MIN = 48;

/**
 * The MSS that a SYN along this route announces: what the interface takes, not the path (Linux `ipv4_default_advmss`),
 * or `wanted` by the application if that is less.
 */
export function announcedMss(namespace: NetworkNamespace, decision: RouteDecision, wanted = 0): number {
  const iface = decision.kind === 'local' ? null : decision.nexthop.iface;
  const mtu = (iface ?? namespace.loopback).mtu;
  const most = Math.min(Math.max(mtu - HEADERS, ANNOUNCED_MIN), ANNOUNCED_MAX);
  return wanted > 0 ? Math.min(wanted, most) : most;
}

/** What the peer's SYN, in hand, says it takes, and this side wants to send (Linux `tcp_parse_options`). */
export function peerMssOf(wanted: number): number {
  const { maximumSegmentSize: announced } = arrived;
  const most = announced > 0 ? announced : DEFAULT_MSS;
  return wanted > 0 ? Math.min(wanted, most) : most;
}

/** The MSS follows the path MTU and the peer's option (Linux `tcp_sync_mss`). */
export function syncMss(connection: TcpConnection, mtu: number): void {
  connection.pathMtu = mtu;
  const largest = Math.min(mtu - HEADERS, connection.peerMss);
  const mss = Math.max(largest, MSS_MIN) - (connection.headerLength - 20);
  connection.mss = boundToHalfWindow(connection, mss);
}

/** No segment takes more than half of the peer's largest window, if that is small (Linux `tcp_bound_to_half_wnd`). */
export function boundToHalfWindow(connection: TcpConnection, size: number): number {
  const { maxSendWindow: window } = connection;
  const cutoff = window > 536 ? window >> 1 : window;
  return cutoff > 0 && size > cutoff ? Math.max(cutoff, 68 - connection.headerLength) : size;
}

/** Looks at the route again and answers the MSS of a segment that leaves now (Linux `tcp_current_mss`). */
export function currentMss(connection: TcpConnection): number {
  const { namespace } = connection;
  const decision = routeOutput(namespace, connection.localAddress, connection.remoteAddress);
  if (decision.kind !== 'error' && decision.kind !== 'drop') {
    const mtu = routeMtu(connection, decision);
    if (mtu !== connection.pathMtu) syncMss(connection, mtu);
  }
  if (!connection.sack) return connection.mss;
  const { duplicate, sackBlocks } = connection.receive;
  if (duplicate === null && sackBlocks.length === 0) return connection.mss;
  const room = Math.floor((40 - (connection.headerLength - 20) - 4) / 8);
  const blocks = Math.min((duplicate === null ? 0 : 1) + sackBlocks.length / 2, room);
  return connection.mss - (4 + 8 * blocks);
}

/** Path MTU of the connection along the route found. */
export function routeMtu(connection: TcpConnection, decision: RouteDecision): number {
  const iface = decision.kind === 'local' ? null : decision.nexthop.iface;
  if (iface === null) return connection.namespace.loopback.mtu;
  return pathMtu(decision.nexthop, iface, connection.remoteAddress);
}

/** A router has said that segments are too long; the route has learnt it already (Linux `tcp_v4_mtu_reduced`). */
export function pathMtuReduced(connection: TcpConnection): void {
  const { state } = connection;
  if (state === TcpState.closed || state === TcpState.synSent) return;
  const before = connection.pathMtu;
  const decision = routeOutput(connection.namespace, connection.localAddress, connection.remoteAddress);
  if (decision.kind === 'error' || decision.kind === 'drop') return;
  const mtu = routeMtu(connection, decision);
  if (mtu >= before) return;
  syncMss(connection, mtu);
  retransmitTooLong(connection);
}
