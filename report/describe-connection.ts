import { Info, Status } from '../models/netfilter/connection.ts';
import { connectionView } from '../models/netfilter/connection-view.ts';
import type { TupleView } from '../models/netfilter/control-types.ts';
import type { Packet } from '../models/packet.ts';
import { formatIpv4 } from '../models/wire/ipv4-address.ts';

const names = ['ESTABLISHED', 'RELATED', 'NEW', 'ESTABLISHED', 'RELATED'];

/** The connection that a packet belongs to, as its namespace's table has it. */
export function describeConnection({ netfilter: state }: Packet): string {
  if (state === null || state.connection === null) {
    return state?.info === Info.untracked ? 'UNTRACKED' : 'INVALID: belongs to no connection';
  }
  const { connection, info } = state;
  const { original, reply } = connectionView(connection, 0);
  const direction = info === Info.establishedReply || info === Info.relatedReply ? ', reply direction' : '';
  const unanswered = (connection.status & Status.seenReply) === 0 ? ' [UNREPLIED]' : '';
  return `${names[info]}${direction}: ${tupleText(original)}${unanswered}, reply ${tupleText(reply)}`;
}

function tupleText(tuple: TupleView): string {
  const { source, destination, sourcePort, destinationPort, icmp } = tuple;
  if (icmp !== undefined) return `${formatIpv4(source)} > ${formatIpv4(destination)} id ${icmp.id}`;
  if (sourcePort === undefined) return `${formatIpv4(source)} > ${formatIpv4(destination)}`;
  return `${formatIpv4(source)}:${sourcePort} > ${formatIpv4(destination)}:${destinationPort}`;
}
