import { DropReason } from '../drop-reason.ts';
import type { BridgePort } from '../netns/bridge/bridge.ts';
import { handleFrame } from '../netns/bridge/bridge-input.ts';
import type { Interface } from '../netns/interface/interface.ts';
import { fragment } from '../netns/ipv4/ip-fragment.ts';
import { NUD_CONNECTED } from '../netns/neighbour/neighbour.ts';
import { findOrAdd, transmitTo } from '../netns/neighbour/neighbour-output.ts';
import { routeInput } from '../netns/routing/route-input.ts';
import { routeOutput } from '../netns/routing/route-output.ts';
import { type Packet, PacketType } from '../packet.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { filterState } from './filter-state.ts';

/**
 * Bridge netfilter (Linux `net/bridge/br_netfilter_hooks.c`): with `bridge-nf-call-iptables` an IPv4 frame that
 * comes in by a bridge port passes PREROUTING before the bridge decides, and if it leaves by another port FORWARD
 * and POSTROUTING. To those the bridge itself is where it comes from and goes to; the ports are physdev's.
 */

/** PREROUTING (Linux `br_nf_pre_routing`). Answers the frame that the bridge goes on with, or null. */
export function bridgePreRouting(port: BridgePort, packet: Packet): Packet | null {
  const bridge = port.bridge.iface;
  const destination = packet.ipDestination;
  const forOthers = packet.packetType === PacketType.otherHost;
  if (forOthers) packet.packetType = PacketType.host;
  filterState(packet).portIn = port;
  const hook = bridge.namespace.hooks!.preRouting;
  const passed = hook === null ? packet : hook.run(packet, bridge, null);
  if (passed === null) return null;
  const state = filterState(passed);
  state.portIn = port;
  state.preRouted = true;
  if (passed.ipDestination !== destination) return redirect(port, passed);
  if (forOthers) passed.packetType = PacketType.otherHost;
  return passed;
}

/** The destination was translated: whether it is behind this bridge decides the routing table. */
function redirect(port: BridgePort, packet: Packet): Packet | null {
  const bridge = port.bridge.iface;
  const { namespace } = bridge;
  const decision = routeInput(bridge, packet.ipSource, packet.ipDestination, packet);
  const { kind, reason, nexthop, nexthopAddress } = decision;
  if (kind === 'error' || kind === 'drop') {
    // bridging does not need ip_forward
    const onBridge = bridge.config.forwarding ? null : nextHopBehind(bridge, packet.ipDestination);
    if (onBridge !== null) sendTranslated(port, packet, onBridge);
    else namespace.network.drop(packet, reason, bridge);
    return null;
  }
  if (kind === 'forward' && nexthop.iface === bridge) {
    sendTranslated(port, packet, nexthopAddress);
    return null;
  }
  packet.destination = bridge.mac;
  packet.packetType = PacketType.host;
  return packet;
}

function nextHopBehind(bridge: Interface, destination: Ipv4Address): Ipv4Address | null {
  const { kind, nexthop, nexthopAddress } = routeOutput(bridge.namespace, 0, destination);
  return kind === 'forward' && nexthop.iface === bridge ? nexthopAddress : null;
}

/**
 * The frame goes on over the bridge to another MAC address, its source and TTL as they were (Linux
 * `br_nf_pre_routing_finish_bridge`).
 */
function sendTranslated(port: BridgePort, packet: Packet, address: Ipv4Address): void {
  const neighbour = findOrAdd(port.bridge.iface, address);
  if (neighbour === null) {
    port.iface.namespace.network.drop(packet, DropReason.neighbourTableFull, port.bridge.iface);
    return;
  }
  if ((neighbour.state & NUD_CONNECTED) !== 0) {
    packet.destination = neighbour.mac;
    handleFrame(port, packet);
    return;
  }
  filterState(packet).bridgedFrom = packet.source;
  if (neighbour.eventSend(packet)) transmitTo(neighbour, packet);
}

/**
 * The bridge interface is told to send a frame that was only waiting for its destination's MAC address (Linux
 * `br_nf_pre_routing_finish_bridge_slow`): it goes on as if it had come in by its port just now.
 */
export function resumeBridged(bridge: Interface, packet: Packet): boolean {
  const state = packet.netfilter!;
  if (state.bridgedFrom < 0) return false;
  if (bridge.tap !== null) bridge.tap.egress(bridge, packet, null, 0);
  packet.source = state.bridgedFrom;
  state.bridgedFrom = -1;
  handleFrame(state.portIn!, packet);
  return true;
}

/** FORWARD and POSTROUTING for a frame that the bridge forwards (Linux `br_nf_forward`, `br_nf_post_routing`). */
export function passBridgeHooks(
  out: BridgePort,
  packet: Packet,
  transmit: (out: BridgePort, packet: Packet) => void,
): void {
  const bridge = out.bridge.iface;
  const { hooks } = bridge.namespace;
  if (hooks === null || packet.netfilter!.portIn === null) {
    transmit(out, packet);
    return;
  }
  const forOthers = packet.packetType === PacketType.otherHost;
  if (forOthers) packet.packetType = PacketType.host;
  packet.netfilter!.portOut = out;
  packet.nexthop = null;
  packet.nexthopAddress = packet.ipDestination;
  let passed: Packet | null = packet;
  if (hooks.forward !== null) passed = hooks.forward.run(packet, bridge, bridge);
  if (passed !== null && hooks.postRouting !== null) passed = hooks.postRouting.run(passed, null, bridge);
  if (passed === null) return;
  if (forOthers) passed.packetType = PacketType.otherHost;
  const longest = passed.netfilter === null ? 0 : passed.netfilter.longestFragment;
  if (longest === 0) transmit(out, passed);
  else fragment(bridge, passed, Math.min(longest, out.iface.mtu), (_bridge, part) => transmit(out, part));
}
