import { IcmpType, UnreachableCode } from '../../wire/icmp.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { JIFFY, jiffiesAt } from '../time/jiffies.ts';

/** Bursts of XRLIM_BURST_FACTOR messages per peer. */
const BURST_FACTOR = 6;
/** `ip_rt_error_cost` and `ip_rt_error_burst`, nanoseconds. */
const ERROR_COST = 1e9;
const ERROR_BURST = 5e9;
/** Linux `ip_rt_redirect_load` (HZ/50), `ip_rt_redirect_number` and `ip_rt_redirect_silence`. */
const REDIRECT_LOAD = 5 * JIFFY;
const REDIRECT_NUMBER = 9;
const REDIRECT_SILENCE = REDIRECT_LOAD * 2 ** (REDIRECT_NUMBER + 1);

/**
 * What a host remembers of an address that it has sent errors to (Linux `struct inet_peer`). Echoes of routing
 * errors, ICMP errors and redirects all draw on the one allowance, each in its own way.
 */
interface InetPeer {
  /** Nanoseconds of credit. */
  tokens: number;
  last: number;
  redirects: number;
}

function peerOf(namespace: NetworkNamespace, address: Ipv4Address): InetPeer {
  namespace.peers ??= new Map<Ipv4Address, InetPeer>();
  const peers = namespace.peers as Map<Ipv4Address, InetPeer>;
  let peer = peers.get(address);
  if (peer === undefined) {
    // a peer never heard of has been silent for a minute
    peer = { tokens: 0, last: kernelNow(namespace) - 60e9, redirects: 0 };
    peers.set(address, peer);
  }
  return peer;
}

/** Time as the kernel's jiffies tell it. */
function kernelNow(namespace: NetworkNamespace): number {
  return jiffiesAt(namespace.network.simulation.now) * JIFFY;
}

/** Whether a routing error may be reported to the sender (Linux `ip_error`). */
export function routingErrorAllowed(namespace: NetworkNamespace, sender: Ipv4Address): boolean {
  const peer = peerOf(namespace, sender);
  const now = kernelNow(namespace);
  peer.tokens = Math.min(peer.tokens + now - peer.last, ERROR_BURST);
  peer.last = now;
  if (peer.tokens < ERROR_COST) return false;
  peer.tokens -= ERROR_COST;
  return true;
}

/** Least time between two additions to the credit of all peers together. */
const CREDIT_STEP = 5 * JIFFY;
const CREDIT_SPAN = 1e9;

/** What may still be sent to all peers together (Linux `net->ipv4.icmp_global_credit`). */
export interface IcmpCredit {
  messages: number;
  stamp: number;
}

/** Kinds of messages that are limited (Linux `icmpv4_mask_allow`): path-MTU discovery never is. */
export function isRateLimited(namespace: NetworkNamespace, type: number, code: number): boolean {
  if (type === IcmpType.destinationUnreachable && code === UnreachableCode.fragmentationNeeded) return false;
  return ((1 << type) & namespace.sysctls.icmpRatemask) !== 0;
}

/** Whether there is credit for another message (Linux `icmp_global_allow`: `icmp_msgs_per_sec`, `icmp_msgs_burst`). */
export function globallyAllowed(namespace: NetworkNamespace): boolean {
  namespace.icmpCredit ??= { messages: 0, stamp: Number.NEGATIVE_INFINITY };
  const credit = namespace.icmpCredit;
  if (credit.messages > 0) return true;
  const now = kernelNow(namespace);
  const passed = Math.min(now - credit.stamp, CREDIT_SPAN);
  if (passed < CREDIT_STEP) return false;
  const { icmpMsgsPerSec, icmpMsgsBurst } = namespace.sysctls;
  const more = Math.floor((icmpMsgsPerSec * passed) / CREDIT_SPAN);
  if (more === 0) return false;
  credit.stamp = now;
  credit.messages = Math.min(credit.messages + more, icmpMsgsBurst);
  return true;
}

/** A message was sent: it costs nothing, one or two, so that nobody can count (Linux `icmp_global_consume`). */
function consumeCredit(namespace: NetworkNamespace): void {
  if (namespace.icmpCredit === null) return;
  const { random } = namespace.network;
  namespace.icmpCredit.messages -= random.stream('icmp_credit', namespace.name).integer(0, 2);
}

/** Whether a limited message may be sent to this host (Linux `icmpv4_xrlim_allow`: `icmp_ratelimit`). */
export function icmpAllowed(
  namespace: NetworkNamespace,
  destination: Ipv4Address,
  toLoopback: boolean,
): boolean {
  const { icmpRatelimit } = namespace.sysctls;
  const allowed = toLoopback || icmpRatelimit === 0 || peerAllows(namespace, destination, icmpRatelimit);
  if (allowed) consumeCredit(namespace);
  return allowed;
}

/**
 * Linux `inet_peer_xrlim_allow`. What was saved up is cut to a burst only as time goes on (seen on 6.18): of a routing
 * error, which has drawn on the same allowance at the same instant, all of its larger burst is left.
 */
function peerAllows(namespace: NetworkNamespace, destination: Ipv4Address, cost: number): boolean {
  const peer = peerOf(namespace, destination);
  const now = kernelNow(namespace);
  const passed = now - peer.last;
  if (passed > 0) peer.tokens = Math.min(peer.tokens + passed, BURST_FACTOR * cost);
  peer.last = now;
  if (peer.tokens < cost) return false;
  peer.tokens -= cost;
  return true;
}

/** Whether another redirect may be sent to this host (Linux `ip_rt_send_redirect`): backing off, then falling silent. */
export function redirectAllowed(namespace: NetworkNamespace, destination: Ipv4Address): boolean {
  const peer = peerOf(namespace, destination);
  const now = kernelNow(namespace);
  if (now > peer.last + REDIRECT_SILENCE) {
    peer.tokens = 0;
    peer.redirects = 0;
  }
  if (peer.redirects >= REDIRECT_NUMBER) {
    peer.last = now;
    return false;
  }
  if (peer.redirects !== 0 && now <= peer.last + REDIRECT_LOAD * 2 ** peer.redirects) return false;
  return true;
}

/** Notes that a redirect was sent. */
export function redirectSent(namespace: NetworkNamespace, destination: Ipv4Address): void {
  const peer = peerOf(namespace, destination);
  peer.last = kernelNow(namespace);
  peer.redirects++;
}

/** Default of `icmp_ratemask`: destination unreachable, source quench, time exceeded, parameter problem. */
export const DEFAULT_ICMP_RATEMASK =
  (1 << IcmpType.destinationUnreachable) |
  (1 << 4) |
  (1 << IcmpType.timeExceeded) |
  (1 << IcmpType.parameterProblem);
