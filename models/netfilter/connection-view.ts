import { IpProtocol } from '../wire/ipv4.ts';
import { type Connection, Status } from './connection.ts';
import { TCP_STATES } from './conntrack-tcp.ts';
import type { ConntrackView, TupleView } from './control-types.ts';
import type { Tuple } from './tuple.ts';

/** An entry as `conntrack -L` shows it. */
export function connectionView(connection: Connection, now: number): ConntrackView {
  const { id, protocol, status, mark, original, reply, tcp } = connection;
  const view: ConntrackView = {
    id,
    protocol,
    timeout: Math.max(0, Math.floor((connection.expires - now) / 1e9)),
    original: tupleView(original, connection.originalPackets, connection.originalBytes),
    reply: tupleView(reply, connection.replyPackets, connection.replyBytes),
    seenReply: (status & Status.seenReply) !== 0,
    assured: (status & Status.assured) !== 0,
    sourceNat: (status & Status.sourceNat) !== 0,
    destinationNat: (status & Status.destinationNat) !== 0,
    mark,
    zone: original.zone,
  };
  if (tcp !== null) view.state = TCP_STATES[tcp.state];
  return view;
}

function tupleView(tuple: Tuple, packets: number, bytes: number): TupleView {
  const { source, destination, sourcePort, destinationPort, protocol } = tuple;
  const view: TupleView = { source, destination, packets, bytes };
  if (protocol === IpProtocol.icmp) {
    view.icmp = { type: destinationPort >>> 8, code: destinationPort & 0xff, id: sourcePort };
  } else if (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) {
    view.sourcePort = sourcePort;
    view.destinationPort = destinationPort;
  }
  return view;
}
