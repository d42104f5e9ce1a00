import { DropReason } from '../../drop-reason.ts';
import { type Packet, PacketType } from '../../packet.ts';
import { readIpv4 } from '../../wire/big-endian.ts';
import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { timeOfDay } from '../../wire/ipv4-options.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import type { RouteDecision } from '../routing/route-decision.ts';
import { routeInput } from '../routing/route-input.ts';
import { routeOutput } from '../routing/route-output.ts';
import { sendIcmpError } from './icmp-error.ts';
import { compileOptions, IpOptions, type OptionWriter } from './ip-options.ts';
import { addressType, selectSourceAddress } from './source-address.ts';

/** Where the destination is in the IP header: what a strict source route is refused for. */
const DESTINATION_OFFSET = 16;

/**
 * A packet with options has come in and is routed (Linux `ip_rcv_options`): records are filled in, a source route is
 * followed as far as it leads to this host itself.
 * @param decision where it goes; a source route changes it. Null for one that comes back by the loopback interface
 * @returns false when the packet was dropped
 */
export function receiveOptions(iface: Interface, packet: Packet, decision: RouteDecision | null): boolean {
  const { namespace } = iface;
  const received = packet.options!;
  // copies of a flooded packet share the bytes
  const options = new IpOptions(received.slice());
  options.received = received;
  packet.options = options.bytes;
  packet.optionState = options;
  const local = decision === null || decision.kind === 'local';
  const wrong = compileOptions(options, writerFor(iface, packet, local));
  if (wrong >= 0) {
    sendIcmpError.parameterProblem(namespace, packet, IPV4_HEADER_LENGTH + wrong);
    namespace.network.drop(packet, DropReason.badIpOptions, iface);
    return false;
  }
  if (options.sourceRoute < 0) return true;
  const accepted = iface.config.acceptSourceRoute && namespace.configAll.acceptSourceRoute;
  if (accepted && (decision === null || followSourceRoute(iface, packet, options, decision))) return true;
  namespace.network.drop(packet, DropReason.sourceRoute, iface);
  return false;
}

function writerFor(iface: Interface, packet: Packet, local: boolean): OptionWriter {
  const { namespace } = iface;
  return {
    address: () => (local ? packet.ipDestination : specificAddress(iface, packet.ipSource)),
    time: () => timeOfDay(namespace.network.simulation.now),
    isForeign: (address) => isForeign(namespace, address),
  };
}

export function isForeign(namespace: NetworkNamespace, address: Ipv4Address): boolean {
  return addressType(namespace, address) === 'unicast';
}

/** This host as `source` knows it (Linux `fib_compute_spec_dst`). */
function specificAddress(iface: Interface, source: Ipv4Address): Ipv4Address {
  const back = routeOutput(iface.namespace, 0, source);
  if (back.kind !== 'error' && back.kind !== 'drop') return back.source;
  return selectSourceAddress(iface, source, 0) ?? 0;
}

/** Linux `ip_options_rcv_srr`; false when the route cannot be followed. */
function followSourceRoute(
  iface: Interface,
  packet: Packet,
  options: IpOptions,
  decision: RouteDecision,
): boolean {
  if (packet.packetType !== PacketType.host) return false;
  if (decision.kind === 'forward') {
    // it has not come to the next hop of the source route yet
    if (!options.strict) return true;
    sendIcmpError.parameterProblem(iface.namespace, packet, DESTINATION_OFFSET);
    return false;
  }
  if (decision.kind !== 'local') return false;
  const { bytes, sourceRoute } = options;
  const length = bytes[sourceRoute + 1];
  for (let pointer = bytes[sourceRoute + 2]; pointer <= length; pointer += 4) {
    if (pointer + 3 > length) {
      sendIcmpError.parameterProblem(iface.namespace, packet, IPV4_HEADER_LENGTH + sourceRoute + 2);
      return false;
    }
    const nexthop = readIpv4(bytes, sourceRoute + pointer - 1);
    const { kind } = routeInput(iface, packet.ipSource, nexthop, packet);
    if (kind === 'forward') {
      options.sourceRouteHit = true;
      options.nexthop = nexthop;
      return true;
    }
    if (kind !== 'local') return false;
    packet.ipDestination = nexthop;
  }
  return true;
}
