import type { Errno } from '../models/netns/control-error.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import { Traced } from '../models/netns/path-memo/path-memo.ts';
import { routeOutput } from '../models/netns/routing/route-output.ts';
import { CountingPayload } from '../models/payload.ts';
import { PingSocket } from '../models/transport/ping-socket.ts';
import { UdpSocket } from '../models/transport/udp.ts';
import type { Ipv4Address } from '../models/wire/ipv4-address.ts';
import { describeDecision, type RoutingWords } from './describe-routing.ts';

/** The packet that is to be followed. */
export interface Probe {
  protocol: 'icmp' | 'udp';
  to: Ipv4Address;
  /** Destination port, for udp. */
  port: number;
  /** Data bytes behind the ICMP or UDP header. */
  size: number;
}

/** The sender's own stack would not send. */
export interface Refusal {
  errno: Errno;
  routing: RoutingWords;
}

const DATA = new CountingPayload(256);

/** Sends one packet that the network's tracer follows; a refusal is answered, null when it was sent. */
export function sendTraced(namespace: NetworkNamespace, probe: Probe): Refusal | null {
  const errno =
    probe.protocol === 'icmp'
      ? new PingSocket(namespace).send(probe.to, 1, probe.size, DATA, 0, Traced.explained)
      : new UdpSocket(namespace).sendTo(probe.to, probe.port, probe.size, DATA, 0, 1, Traced.explained);
  if (errno === null) return null;
  // sockets ask for the route before there is a packet that could be traced
  return { errno, routing: describeDecision(namespace, probe.to, routeOutput(namespace, 0, probe.to)) };
}
