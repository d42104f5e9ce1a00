import type { ConntrackView, TupleView } from '../../../models/netfilter/control-types.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { ipProtocols } from '../iptables/protocols.ts';

/** What follows the flow itself; the kernel's file has the zone, and counts the reference of its reader. */
export interface FlowStyle {
  /** `ipv4     2` before it. */
  extended: boolean;
  id?: boolean;
  file?: boolean;
}

/** A connection as `conntrack -L` and /proc/net/nf_conntrack show it. */
export function formatFlow(flow: ConntrackView, style: FlowStyle): string {
  const family = style.extended ? 'ipv4     2 ' : '';
  const name = (ipProtocols.get(flow.protocol) ?? 'unknown').padEnd(8);
  const state = flow.state === undefined ? '' : `${flow.state} `;
  const unreplied = flow.seenReply ? '' : '[UNREPLIED] ';
  const assured = flow.assured ? '[ASSURED] ' : '';
  return (
    `${family}${name} ${flow.protocol} ${flow.timeout} ${state}` +
    `${tuple(flow.original)} ${unreplied}${tuple(flow.reply)} ${assured}mark=${flow.mark} ` +
    (style.file === true ? `zone=${flow.zone} use=2` : `${zone(flow)}use=1`) +
    (style.id === true ? ` id=${flow.id}` : '')
  );
}

function zone(flow: ConntrackView): string {
  return flow.zone === 0 ? '' : `zone=${flow.zone} `;
}

function tuple({ source, destination, sourcePort, destinationPort, icmp }: TupleView): string {
  const addresses = `src=${formatIpv4(source)} dst=${formatIpv4(destination)}`;
  if (icmp !== undefined) return `${addresses} type=${icmp.type} code=${icmp.code} id=${icmp.id}`;
  if (sourcePort === undefined) return addresses;
  return `${addresses} sport=${sourcePort} dport=${destinationPort}`;
}

/** The lines of /proc/net/nf_conntrack. */
export function conntrackFile(flows: readonly ConntrackView[]): string {
  return flows.map((flow) => `${formatFlow(flow, { extended: true, file: true })}\n`).join('');
}
