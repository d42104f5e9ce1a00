import type { Packet } from '../../packet.ts';
import { readIpv4, writeUint32 } from '../../wire/big-endian.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { COPIED, IpOption, timeOfDay } from '../../wire/ipv4-options.ts';
import { Scope } from '../control-types.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { fillFlowKey, newFlowKey } from '../routing/flow-key.ts';
import { compileOptions, IpOptions } from './ip-options.ts';
import { isForeign } from './ip-options-input.ts';
import { selectSourceAddress } from './source-address.ts';

const flowKey = newFlowKey();

/**
 * A packet with options passes through, out of `out` (Linux `ip_forward_options`): the record gets the address that
 * this host has there, the source route its next hop.
 */
export function forwardOptions(out: Interface, packet: Packet): void {
  const options = packet.optionState!;
  const { bytes, recordRoute, timestamp, sourceRoute } = options;
  options.received = null;
  if (options.routeNeedsAddress) {
    writeUint32(bytes, recordRoute + bytes[recordRoute + 2] - 5, sourceAddress(out, packet));
  }
  if (!options.sourceRouteHit) return;
  const length = bytes[sourceRoute + 1];
  let pointer = bytes[sourceRoute + 2];
  while (pointer + 3 <= length && readIpv4(bytes, sourceRoute + pointer - 1) !== options.nexthop)
    pointer += 4;
  if (pointer + 3 <= length) {
    packet.ipDestination = options.nexthop;
    writeUint32(bytes, sourceRoute + pointer - 1, sourceAddress(out, packet));
    bytes[sourceRoute + 2] = pointer + 4;
  }
  if (options.stampNeedsAddress) {
    writeUint32(bytes, timestamp + bytes[timestamp + 2] - 9, sourceAddress(out, packet));
  }
}

/** With which address this host would send there itself (Linux `ip_rt_get_source`). */
function sourceAddress(out: Interface, packet: Packet): Ipv4Address {
  const { ipSource, ipDestination, ingress, nexthopAddress } = packet;
  const key = fillFlowKey(flowKey, ipSource, ipDestination, ingress, out, packet);
  const route = out.namespace.fib.lookupVia(out, key);
  const nexthop = route?.nexthops.find(({ iface }) => iface === out);
  if (route === null || nexthop === undefined) {
    return selectSourceAddress(out, nexthopAddress, Scope.global) ?? 0;
  }
  return route.preferredSource ?? selectSourceAddress(out, nexthop.gateway, route.scope) ?? 0;
}

/**
 * Puts options on a packet that starts here, its addresses filled in (Linux `ip_options_build`).
 * @param options of which nobody else needs the bytes
 * @param destination the last one, where a source route ends
 */
export function buildOptions(
  namespace: NetworkNamespace,
  packet: Packet,
  options: IpOptions,
  destination: Ipv4Address,
): void {
  const { bytes, recordRoute, timestamp, sourceRoute } = options;
  if (sourceRoute >= 0) writeUint32(bytes, sourceRoute + bytes[sourceRoute + 1] - 4, destination);
  if (options.routeNeedsAddress) {
    writeUint32(bytes, recordRoute + bytes[recordRoute + 2] - 5, packet.ipSource);
  }
  if (options.stampNeedsAddress) {
    writeUint32(bytes, timestamp + bytes[timestamp + 2] - 9, packet.ipSource);
  }
  if (options.stampNeedsTime) {
    const now = timeOfDay(namespace.network.simulation.now);
    writeUint32(bytes, timestamp + bytes[timestamp + 2] - 5, now);
  }
  packet.options = bytes;
  packet.optionState = options;
}

/**
 * Makes what a socket was told to send (ip(7), IP_OPTIONS) ready for one packet, without a source route.
 * @param bytes as the program gave them; they stay as they are
 */
export function socketOptions(namespace: NetworkNamespace, bytes: Uint8Array): IpOptions {
  const options = new IpOptions(new Uint8Array((bytes.length + 3) & ~3));
  options.bytes.set(bytes);
  compileOptions(options, {
    address: () => 0,
    time: () => 0,
    isForeign: (address) => isForeign(namespace, address),
  });
  return options;
}

/**
 * Options of the fragments behind the first: those without the copied bit give way to no-operations (Linux
 * `ip_options_fragment`).
 */
export function optionsOfLaterFragments(options: Uint8Array): Uint8Array {
  const bytes = options.slice();
  for (let at = 0; at < bytes.length && bytes[at] !== IpOption.end; ) {
    if (bytes[at] === IpOption.noOperation) {
      at++;
      continue;
    }
    const length = bytes[at + 1];
    if (!(length >= 2 && length <= bytes.length - at)) break;
    if ((bytes[at] & COPIED) === 0) bytes.fill(IpOption.noOperation, at, at + length);
    at += length;
  }
  return bytes;
}
