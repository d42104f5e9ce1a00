import { type DropReason, dropReasonName } from '../models/drop-reason.ts';
import type { Chain } from '../models/netfilter/chain.ts';
import type { Bridge, BridgePort } from '../models/netns/bridge/bridge.ts';
import type { Interface } from '../models/netns/interface/interface.ts';
import { type Neighbour, NUD_VALID } from '../models/netns/neighbour/neighbour.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import { Traced } from '../models/netns/path-memo/path-memo.ts';
import type { RouteDecision } from '../models/netns/routing/route-decision.ts';
import type { Receiver, Tracer } from '../models/netns/tracer.ts';
import { isFragment, type Packet } from '../models/packet.ts';
import { formatIpv4 } from '../models/wire/ipv4-address.ts';
import { formatMac } from '../models/wire/mac-address.ts';
import { describeConnection } from './describe-connection.ts';
import { describeLink, describePacket, kindOf, type PacketKind } from './describe-packet.ts';
import { describeDecision, describeNoWayBack, FOR_THIS_HOST, isRoutingReason } from './describe-routing.ts';

/**
 * What a step is: the packet is sent, received, looked up in a table, made to wait, cut, or meets its fate.
 */
export type StepKind =
  | 'send'
  | 'receive'
  | 'route'
  | 'neighbour'
  | 'filter'
  | 'connection'
  | 'translate'
  | 'bridge'
  | 'wait'
  | 'cut'
  | 'deliver'
  | 'drop';

/** One step of a packet's way. */
export interface TraceStep {
  /** Simulated nanoseconds. */
  time: number;
  /** Namespace in which it happened. */
  namespace: string;
  step: StepKind;
  /** Interface or table. */
  at: string;
  detail: string;
  /** What the tables that were asked held, when nothing in them matched. */
  held?: string[];
}

/** How a packet ended. */
export interface PacketFate {
  kind: 'delivered' | 'dropped';
  namespace: string;
  interface: string;
  time: number;
  /** As reports name it, of a dropped one. */
  reason?: string;
}

/**
 * One packet on its way: the one that was sent, a copy made by flooding, a fragment, a reply, an ICMP error.
 */
export interface TracedPacket {
  /** From 1 on, in the order in which they came to be. */
  id: number;
  kind: PacketKind;
  /** The packet that flooding made this one of. */
  copyOf?: number;
  /** The packet that was cut into this fragment and others. */
  partOf?: number;
  source: string;
  destination: string;
  /** `ICMP echo request, id 1, seq 1, length 64` */
  what: string;
  steps: TraceStep[];
  /** Absent while it is on its way. */
  fate?: PacketFate;
}

/** Writes down every step of the packets that are traced (`podwire explain`). */
export class TraceRecorder implements Tracer {
  readonly packets: TracedPacket[] = [];
  /** Packet records are used again: what stands here is on its way. */
  private readonly onTheirWay = new Map<Packet, TracedPacket>();
  /** Addresses that translation gave a packet, by which its record is known from then on. */
  private readonly translations = new Map<TracedPacket, { source: string; destination: string }>();

  /** Whether any traced packet is still on its way; to be asked between events. */
  get pending(): boolean {
    for (const [packet, traced] of this.onTheirWay) {
      if (packet.live && packet.traced === Traced.explained) continue;
      this.onTheirWay.delete(packet);
      traced.fate ??= consumed(traced);
    }
    return this.onTheirWay.size > 0;
  }

  received(iface: Interface, packet: Packet): void {
    this.note(iface.namespace, packet, 'receive', iface.name, describeLink(iface, packet));
  }

  transmitted(iface: Interface, packet: Packet): void {
    this.note(iface.namespace, packet, 'send', iface.name, describeLink(iface, packet));
  }

  bridged(
    bridge: Bridge,
    packet: Packet,
    verdict: string,
    _from: BridgePort | null,
    out: BridgePort | null,
  ): void {
    const { macs } = bridge.iface.namespace.network;
    const mac = formatMac(macs.address(packet.destination));
    const detail = `${mac}: ${verdict}${out === null ? '' : ` ${out.iface.name}`}`;
    this.note(bridge.iface.namespace, packet, 'bridge', `fdb of ${bridge.iface.name}`, detail);
  }

  routed(
    namespace: NetworkNamespace,
    packet: Packet,
    decision: RouteDecision,
    direction: 'input' | 'output' | 'rerouted',
  ): void {
    // what starts here is a new packet, whatever its record was used for before
    if (direction === 'output') this.forget(packet);
    const { at, detail, held } = describeDecision(namespace, packet.ipDestination, decision);
    this.note(namespace, packet, 'route', at, detail, held);
  }

  filtered(namespace: NetworkNamespace, packet: Packet, chain: Chain, number: number, what: string): void {
    const rule = number === 0 ? '' : ` rule ${number}`;
    this.note(namespace, packet, 'filter', `${chain.table} ${chain.name}${rule}`, what);
  }

  tracked(namespace: NetworkNamespace, packet: Packet): void {
    this.note(namespace, packet, 'connection', 'conntrack', describeConnection(packet));
  }

  translated(namespace: NetworkNamespace, packet: Packet, before: string, after: string): void {
    const known = this.onTheirWay.get(packet);
    if (known !== undefined) this.translations.set(known, addressesOf(packet));
    this.note(namespace, packet, 'translate', 'nat', `${before} -> ${after}`);
  }

  neighbour(neighbour: Neighbour, packet: Packet): void {
    const { iface, address } = neighbour;
    this.noteCut(iface, packet);
    const known = (neighbour.state & NUD_VALID) !== 0;
    const mac = known ? ` ${formatMac(iface.namespace.network.macs.address(neighbour.mac))}` : '';
    const state = neighbour.stateName === 'none' ? 'no entry yet' : neighbour.stateName.toUpperCase();
    this.note(
      iface.namespace,
      packet,
      'neighbour',
      `arp of ${iface.name}`,
      `${formatIpv4(address)}:${mac} ${state}`,
    );
  }

  waits(neighbour: Neighbour, packet: Packet): void {
    const { iface, address } = neighbour;
    this.note(
      iface.namespace,
      packet,
      'wait',
      `arp of ${iface.name}`,
      `until ${formatIpv4(address)} answers`,
    );
  }

  delivered(namespace: NetworkNamespace, packet: Packet, to: Receiver): void {
    const detail = to === 'echo reply' ? to : `${to} ${packet.destinationPort}`;
    const traced = this.note(namespace, packet, 'deliver', 'socket', detail);
    traced.fate = consumed(traced);
    this.onTheirWay.delete(packet);
  }

  dropped(iface: Interface, packet: Packet, reason: DropReason): void {
    const { namespace } = iface;
    const last = this.find(namespace, packet).steps.at(-1);
    const name = dropReasonName(reason);
    // the packet was for this host, so what found no way was the answer
    if (last?.step === 'route' && last.detail.endsWith(FOR_THIS_HOST) && isRoutingReason(reason)) {
      const { at, detail, held } = describeNoWayBack(namespace, packet.ipSource);
      this.note(namespace, packet, 'route', at, detail, held);
    }
    const { simulation } = namespace.network;
    const traced = this.note(namespace, packet, 'drop', iface.name, name);
    const place = { namespace: namespace.name, interface: iface.name, time: simulation.now };
    traced.fate = { kind: 'dropped', ...place, reason: name };
    this.onTheirWay.delete(packet);
  }

  private note(
    namespace: NetworkNamespace,
    packet: Packet,
    step: StepKind,
    at: string,
    detail: string,
    held?: string[],
  ): TracedPacket {
    const traced = this.find(namespace, packet);
    const time = namespace.network.simulation.now;
    traced.steps.push({
      time,
      namespace: namespace.name,
      step,
      at,
      detail,
      ...(held !== undefined && { held }),
    });
    return traced;
  }

  /** The last fragment is the packet that was cut: from here on it is only that. */
  private noteCut(iface: Interface, packet: Packet): void {
    const traced = this.find(iface.namespace, packet);
    if (!isFragment(packet) || traced.kind === 'fragment' || traced.steps.some(({ step }) => step === 'cut'))
      return;
    const what = describePacket(iface.namespace, packet);
    this.note(
      iface.namespace,
      packet,
      'cut',
      iface.name,
      `longer than the MTU; what follows is its last fragment, ${what}`,
    );
  }

  private find(namespace: NetworkNamespace, packet: Packet): TracedPacket {
    const known = this.onTheirWay.get(packet);
    // a record that was given back and taken again within one event carries other addresses
    if (known !== undefined && this.isOf(known, packet)) return known;
    this.forget(packet);
    const traced: TracedPacket = {
      id: this.packets.length + 1,
      kind: kindOf(packet),
      ...this.originalOf(packet),
      source: formatIpv4(packet.ipSource),
      destination: formatIpv4(packet.ipDestination),
      what: describePacket(namespace, packet),
      steps: [],
    };
    this.packets.push(traced);
    this.onTheirWay.set(packet, traced);
    return traced;
  }

  private isOf(known: TracedPacket, packet: Packet): boolean {
    const { source, destination } = addressesOf(packet);
    const now = this.translations.get(known) ?? known;
    return now.source === source && now.destination === destination;
  }

  /** Copies and fragments are of one group with what they were made of. */
  private originalOf(packet: Packet): Pick<TracedPacket, 'copyOf' | 'partOf'> {
    if (packet.copies === null) return {};
    for (const [other, traced] of this.onTheirWay) {
      if (other.copies !== packet.copies) continue;
      const whole = traced.partOf ?? traced.id;
      return isFragment(packet) && traced.kind !== 'fragment'
        ? { partOf: whole }
        : { copyOf: traced.copyOf ?? traced.id };
    }
    return {};
  }

  private forget(packet: Packet): void {
    const traced = this.onTheirWay.get(packet);
    if (traced === undefined) return;
    traced.fate ??= consumed(traced);
    this.onTheirWay.delete(packet);
  }
}

function addressesOf(packet: Packet): { source: string; destination: string } {
  return { source: formatIpv4(packet.ipSource), destination: formatIpv4(packet.ipDestination) };
}

/** A packet that is gone without having been dropped was taken by the host where it was seen last. */
function consumed(traced: TracedPacket): PacketFate {
  const last = traced.steps.at(-1)!;
  return { kind: 'delivered', namespace: last.namespace, interface: last.at, time: last.time };
}
