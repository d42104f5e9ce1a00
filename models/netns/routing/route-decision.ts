import { DropReason } from '../../drop-reason.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Errno } from '../control-error.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { RULE_VERDICT, type Rule } from './fib-rules.ts';
import { Nexthop, type Route } from './route.ts';

/** A next hop for decisions that lead nowhere. */
export const NO_NEXTHOP = new Nexthop(null, undefined);

/**
 * Where a packet goes from a namespace. There is one object of each direction, filled in by every look-up and
 * read before the next one: routing a packet allocates nothing.
 */
export interface RouteDecision {
  /**
   * `local` and `broadcast`: up to this host (broadcast also out, when sent here); `forward`: out of an
   * interface; `error`: to be reported to the sender; `drop`: silently to be dropped.
   */
  kind: 'local' | 'broadcast' | 'forward' | 'error' | 'drop';
  /** The entry that matched; null when none did, or none was asked. To be shown: `matchedRoute`. */
  route: Route | null;
  /** The rule that led there; null while there are but the three that every namespace has. */
  rule: Rule | null;
  nexthop: Nexthop;
  /** The address to be resolved to a MAC address. */
  nexthopAddress: Ipv4Address;
  /** Source address for a packet that has none yet. */
  source: Ipv4Address;
  /** Why the packet dies, when `kind` is error or drop. */
  reason: DropReason;
  /** What a sender on this host is told, when `kind` is error. */
  errno: Errno;
  /** The packet leaves where it came from, and its sender could send it straight to the next hop. */
  redirect: boolean;
}

export function newDecision(): RouteDecision {
  return {
    kind: 'drop',
    route: null,
    rule: null,
    nexthop: NO_NEXTHOP,
    nexthopAddress: 0,
    source: 0,
    reason: DropReason.noRoute,
    errno: 'ENETUNREACH',
    redirect: false,
  };
}

/** The entry that matched, made if the look-up could do without: for those who show it. */
export function matchedRoute(
  decision: RouteDecision,
  namespace: NetworkNamespace,
  destination: Ipv4Address,
): Route | null {
  const { kind, route } = decision;
  return route === null && kind === 'local' ? namespace.fib.lookup(destination) : route;
}

/** Fills in a decision that ends the packet's way. */
export function decideError(
  decision: RouteDecision,
  route: Route | null,
  kind: 'error' | 'drop',
  reason: DropReason,
  errno: Errno,
): RouteDecision {
  decision.kind = kind;
  decision.route = route;
  decision.nexthop = NO_NEXTHOP;
  decision.reason = reason;
  decision.errno = errno;
  decision.redirect = false;
  return decision;
}

/** Fills in the verdict of a route that is of no type to send by (Linux `fib_props`); false for the others. */
export function decideByType(decision: RouteDecision, route: Route): boolean {
  switch (route.type) {
    case 'blackhole':
      decideError(decision, route, 'drop', DropReason.blackhole, 'EINVAL');
      return true;
    case 'unreachable':
      // a rule says that there is no way, a route that the host is not there
      if (route === RULE_VERDICT.unreachable)
        decideError(decision, route, 'error', DropReason.noRoute, 'ENETUNREACH');
      else decideError(decision, route, 'error', DropReason.unreachable, 'EHOSTUNREACH');
      return true;
    case 'prohibit':
      decideError(decision, route, 'error', DropReason.prohibited, 'EACCES');
      return true;
    default:
      return false;
  }
}
