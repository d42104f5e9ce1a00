import { type DropReason, dropReasonName } from '../models/drop-reason.ts';
import type { Bridge } from '../models/netns/bridge.ts';
import type { Interface } from '../models/netns/interface.ts';
import type { Neighbour } from '../models/netns/neighbour.ts';
import { NUD_VALID } from '../models/netns/neighbour.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import type { Route } from '../models/netns/route.ts';
import { routeView } from '../models/netns/route-control.ts';
import type { RouteDecision } from '../models/netns/route-decision.ts';
import type { Tracer } from '../models/netns/tracer.ts';
import type { Packet } from '../models/packet.ts';
import { EtherType } from '../models/wire/ethernet.ts';
import { writeFrame } from '../models/wire/frame-bytes.ts';
import { describeFrame } from '../models/wire/frame-printer.ts';
import { formatIpv4 } from '../models/wire/ipv4-address.ts';
import { formatMac } from '../models/wire/mac-address.ts';
import { formatRoute } from './format-route.ts';

/** One step of a packet's way. */
export interface TraceStep {
  /** Simulated nanoseconds. */
  time: number;
  /** Namespace in which it happened. */
  namespace: string;
  /** What was done: `send`, `receive`, `route`, `neighbour`, `bridge`, `wait`, `deliver`, `drop`. */
  step: string;
  /** Interface or table. */
  at: string;
  detail: string;
  /** What the table that was asked held, when nothing in it matched. */
  held?: string[];
}

/** Writes down every step of the packets that are traced (`podwire explain`). */
export class TraceRecorder implements Tracer {
  readonly steps: TraceStep[] = [];

  received(iface: Interface, packet: Packet): void {
    this.note(iface.namespace, 'receive', iface.name, describe(iface, packet));
  }

  transmitted(iface: Interface, packet: Packet): void {
    this.note(iface.namespace, 'send', iface.name, describe(iface, packet));
  }

  bridged(bridge: Bridge, packet: Packet, verdict: string): void {
    const { macs } = bridge.iface.namespace.network;
    const mac = formatMac(macs.address(packet.destination));
    this.note(bridge.iface.namespace, 'bridge', `fdb of ${bridge.iface.name}`, `${mac}: ${verdict}`);
  }

  routed(
    namespace: NetworkNamespace,
    packet: Packet,
    decision: RouteDecision,
    direction: 'input' | 'output',
  ): void {
    const to = formatIpv4(packet.ipDestination);
    const { route, kind } = decision;
    if (route !== null) {
      const table = tableName(route);
      const verdict = kind === 'forward' ? '' : ` -> ${kind === 'local' ? 'for this host' : kind}`;
      this.note(namespace, 'route', table, `${direction} ${to}: ${formatRoute(routeView(route))}${verdict}`);
      return;
    }
    if (kind === 'broadcast' || kind === 'local') {
      this.note(namespace, 'route', 'no table', `${direction} ${to}: ${kind}`);
      return;
    }
    const reason = dropReasonName(decision.reason);
    this.note(namespace, 'route', 'tables local, main', `${direction} ${to}: no entry matches (${reason})`, [
      ...namespace.routes().map(formatRoute),
    ]);
  }

  neighbour(neighbour: Neighbour, _packet: Packet): void {
    const { iface, address } = neighbour;
    const known = (neighbour.state & NUD_VALID) !== 0;
    const mac = known ? ` ${formatMac(iface.namespace.network.macs.address(neighbour.mac))}` : '';
    const state = neighbour.stateName === 'none' ? 'no entry yet' : neighbour.stateName.toUpperCase();
    this.note(iface.namespace, 'neighbour', `arp of ${iface.name}`, `${formatIpv4(address)}:${mac} ${state}`);
  }

  waits(neighbour: Neighbour, _packet: Packet): void {
    const { iface, address } = neighbour;
    this.note(iface.namespace, 'wait', `arp of ${iface.name}`, `until ${formatIpv4(address)} answers`);
  }

  delivered(namespace: NetworkNamespace, packet: Packet, to: string): void {
    this.note(namespace, 'deliver', 'socket', `${formatIpv4(packet.ipSource)} -> ${to}`);
  }

  dropped(iface: Interface, _packet: Packet, reason: DropReason): void {
    this.note(iface.namespace, 'drop', iface.name, dropReasonName(reason));
  }

  private note(namespace: NetworkNamespace, step: string, at: string, detail: string, held?: string[]): void {
    const time = namespace.network.simulation.now;
    this.steps.push({
      time,
      namespace: namespace.name,
      step,
      at,
      detail,
      ...(held !== undefined && { held }),
    });
  }
}

function describe(iface: Interface, packet: Packet): string {
  if (packet.etherType !== EtherType.ipv4 && packet.etherType !== EtherType.arp)
    return `${packet.length} bytes`;
  const bytes = new Uint8Array(packet.length);
  writeFrame(packet, iface.namespace.network.macs, bytes, 0);
  return describeFrame(bytes);
}

function tableName(route: Route): string {
  const names: Record<number, string> = { 255: 'local', 254: 'main', 253: 'default' };
  return `table ${names[route.table] ?? route.table}`;
}
