import { isFragment, type Packet } from '../../packet.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';

/** What a route is looked up by, as far as rules and the choice of a next hop look at it (Linux `struct flowi4`). */
export interface FlowKey {
  source: Ipv4Address;
  destination: Ipv4Address;
  /** Where it comes in; null when it starts here. */
  input: Interface | null;
  /** Where it is bound to leave; null for anywhere. */
  output: Interface | null;
  tos: number;
  mark: number;
  /** 0 when not known. */
  protocol: number;
  sourcePort: number;
  destinationPort: number;
}

export function newFlowKey(): FlowKey {
  return {
    source: 0,
    destination: 0,
    input: null,
    output: null,
    tos: 0,
    mark: 0,
    protocol: 0,
    sourcePort: 0,
    destinationPort: 0,
  };
}

/** Fills in everything that is not said here from a packet; without one nothing more is known. */
export function fillFlowKey(
  key: FlowKey,
  source: Ipv4Address,
  destination: Ipv4Address,
  input: Interface | null,
  output: Interface | null,
  packet: Packet | null,
): FlowKey {
  key.source = source;
  key.destination = destination;
  key.input = input;
  key.output = output;
  key.tos = packet === null ? 0 : packet.tos & 0xfc;
  key.mark = packet === null ? 0 : packet.mark;
  key.protocol = packet === null ? 0 : packet.protocol;
  const ports = packet !== null && hasPorts(packet);
  key.sourcePort = ports ? packet.sourcePort : 0;
  key.destinationPort = ports ? packet.destinationPort : 0;
  return key;
}

/** Fills in the way back of a packet that came in (Linux `fib_validate_source`). */
export function fillReverseKey(
  key: FlowKey,
  source: Ipv4Address,
  destination: Ipv4Address,
  output: Interface | null,
  packet: Packet | null,
  usesMark: boolean,
): FlowKey {
  fillFlowKey(key, destination, source, output, null, packet);
  if (!usesMark) key.mark = 0;
  const port = key.sourcePort;
  key.sourcePort = key.destinationPort;
  key.destinationPort = port;
  return key;
}

function hasPorts(packet: Packet): boolean {
  if (isFragment(packet)) return false;
  return packet.protocol === IpProtocol.udp || packet.protocol === IpProtocol.tcp;
}
