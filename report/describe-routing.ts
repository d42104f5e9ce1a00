import { DropReason, dropReasonName } from '../models/drop-reason.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import type { Route } from '../models/netns/routing/route.ts';
import { routeView } from '../models/netns/routing/route-control.ts';
import { matchedRoute, type RouteDecision } from '../models/netns/routing/route-decision.ts';
import { formatIpv4, type Ipv4Address } from '../models/wire/ipv4-address.ts';
import { formatRoute } from './format-route.ts';

/** The words with which a route step ends when the packet has come to whom it was for. */
export const FOR_THIS_HOST = 'for this host';

export interface RoutingWords {
  /** The tables that were asked, in their order. */
  at: string;
  /** The entry that matched, and what follows from it. */
  detail: string;
  /** What the tables held, when nothing matched. */
  held?: string[];
}

/** A routing decision in words. */
export function describeDecision(
  namespace: NetworkNamespace,
  destination: Ipv4Address,
  decision: RouteDecision,
): RoutingWords {
  const { kind, reason } = decision;
  const route = matchedRoute(decision, namespace, destination);
  if (route !== null) {
    return {
      at: whereFound(decision, route),
      detail: `${formatRoute(routeView(route))}${verdict(decision)}`,
    };
  }
  const to = formatIpv4(destination);
  if (kind === 'local' || kind === 'broadcast') return { at: 'no table', detail: `${to}: ${FOR_THIS_HOST}` };
  if (kind === 'forward') return { at: 'no table', detail: `${to}: sent straight on the link` };
  if (reason === DropReason.noRoute) {
    return { at: ALL_TABLES, detail: `${to}: no entry matches`, held: heldRoutes(namespace) };
  }
  if (reason === DropReason.notForwarding) {
    return { at: ALL_TABLES, detail: `${to}: not an address of this host, which does not forward` };
  }
  return { at: 'source and destination check', detail: `${to}: refused (${dropReasonName(reason)})` };
}

/** The answer to what has arrived finds no way back. */
export function describeNoWayBack(namespace: NetworkNamespace, source: Ipv4Address): RoutingWords {
  const detail = `${formatIpv4(source)}: no entry for the reply`;
  return { at: ALL_TABLES, detail, held: heldRoutes(namespace) };
}

/** Whether a packet that died for this reason died of a routing table. */
export function isRoutingReason(reason: DropReason): boolean {
  const reasons: DropReason[] = [
    DropReason.noRoute,
    DropReason.blackhole,
    DropReason.unreachable,
    DropReason.prohibited,
  ];
  return reasons.includes(reason);
}

/** The tables that were asked, or with rules of policy routing the rule that decided. */
function whereFound({ rule }: RouteDecision, route: Route): string {
  if (rule === null) return tablesUpTo(route);
  const where = rule.action === 'table' ? `table ${tableName(rule.table)}` : rule.action;
  return `rule ${rule.priority}, ${where}`;
}

const ALL_TABLES = 'tables local, main';

function heldRoutes(namespace: NetworkNamespace): string[] {
  return namespace.routes().map(formatRoute);
}

function tableName(id: number): string {
  return { 255: 'local', 254: 'main', 253: 'default' }[id] ?? String(id);
}

/** The local table is always asked first. */
function tablesUpTo(route: Route): string {
  const names: Record<number, string> = {
    255: 'table local',
    254: ALL_TABLES,
    253: 'tables local, main, default',
  };
  return names[route.table] ?? `table ${route.table}`;
}

function verdict({ kind, reason }: RouteDecision): string {
  switch (kind) {
    case 'forward':
      return '';
    case 'local':
    case 'broadcast':
      return `: ${FOR_THIS_HOST}`;
    default:
      return reason === DropReason.notForwarding
        ? ', but this host does not forward'
        : `: ${dropReasonName(reason)}`;
  }
}
