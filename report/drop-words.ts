import type { TracedPacket, TraceStep } from './trace-recorder.ts';

/** What a reason of `DropReason` means, said of a packet at a place. */
type Words = (packet: TracedPacket, place: string) => string;

/** Why a packet was dropped, in plain words. */
export function dropWords(packet: TracedPacket): string {
  const { reason = '', namespace } = packet.fate!;
  return (words[reason] ?? fallback)(packet, namespace);
}

const fallback: Words = (packet) => `for the reason ${packet.fate!.reason}`;

const words: Record<string, Words> = {
  other_host: strayWords,
  queue_full: (_packet, place) => `the queue of ${place} for the cable was full`,
  queue_congested: (packet) => `the queueing discipline of ${packet.fate!.interface} saw congestion coming`,
  link_loss: () => 'it was lost on the way, by chance (loss of the cable, or of netem)',
  ip_checksum: (_packet, place) => `${place} found the checksum of its IP header wrong`,
  udp_checksum: (_packet, place) => `${place} found its UDP checksum wrong`,
  tcp_checksum: (_packet, place) => `${place} found its TCP checksum wrong`,
  cpu_backlog: (_packet, place) =>
    `too many packets were waiting for a core of ${place} (netdev_max_backlog)`,
  overlay_local: (_packet, place) => `it was flooded to the router of ${place}, which need not send it on`,
  overlay_no_peer: (_packet, place) => `the router of ${place} knows no peer to send it to`,
  overlay_source_elsewhere: (_packet, place) => `the router of ${place} has seen its source at another peer`,
  overlay_no_contact: (_packet, place) => `the router of ${place} has not heard from the peer yet`,
  overlay_unknown_peer: (_packet, place) => `the router of ${place} does not know the peer that it names`,
  overlay_replayed: (_packet, place) => `the router of ${place} had received the same datagram before`,
  overlay_not_authentic: (_packet, place) => `the router of ${place} could not decrypt it`,
  overlay_closed: (_packet, place) =>
    `the connection that the router of ${place} would have sent it by ended`,
  overlay_hairpin: (_packet, place) => `the router of ${place} would have sent it back to where it came from`,
  datapath_no_flow: (packet) =>
    `a datapath had no flow for what came in by ${packet.fate!.interface}, and nobody to ask`,
  datapath_no_action: (packet) => `a flow of ${packet.fate!.interface} says that it goes nowhere`,
  xfrm_no_state: (_packet, place) => `${place} has no key for it (IPsec)`,
  xfrm_replayed: (_packet, place) => `${place} had received the same encrypted packet before`,
  xfrm_not_authentic: (_packet, place) => `${place} could not decrypt it`,
  xfrm_policy: (_packet, place) => `${place} takes it only encrypted (IPsec)`,
  icmp_checksum: (_packet, place) => `${place} found its ICMP checksum wrong`,
  link_down: (packet) => `the link of ${packet.fate!.interface} was down, or nothing is plugged in`,
  interface_down: (packet) => `${packet.fate!.interface} was down`,
  no_route: (packet, place) => `no entry in the routing tables of ${place} matches ${wanted(packet)}`,
  not_forwarding: (packet, place) =>
    `${packet.destination} is not an address of ${place}, ` +
    `and ${place} does not forward: net.ipv4.ip_forward is 0`,
  blackhole: (packet, place) => `the matching route of ${place} is a blackhole: ${lastRoute(packet)}`,
  unreachable: (packet, place) => `the matching route of ${place} says unreachable: ${lastRoute(packet)}`,
  prohibited: (packet, place) => `the matching route of ${place} says prohibit: ${lastRoute(packet)}`,
  ttl_exceeded: (_packet, place) => `its time to live had run out when ${place} was to forward it`,
  packet_too_big: () => 'it is larger than the next MTU and must not be fragmented (DF is set)',
  neighbour_failed: (packet) => `nobody answered ARP for ${nextHop(packet)} on ${packet.fate!.interface}`,
  neighbour_queue_full: (packet) =>
    `too many packets were waiting for ARP to find ${nextHop(packet)} already`,
  neighbour_table_full: (_packet, place) => `the neighbour table of ${place} was full (gc_thresh3)`,
  no_socket: (_packet, place) => `nothing listens on that port in ${place}`,
  martian_source: (packet) => `${packet.source} cannot be the source of a packet that comes in there`,
  reverse_path_filter: (packet, place) =>
    `${place} would not send to ${packet.source} by ${packet.fate!.interface} (reverse-path filter, rp_filter)`,
  martian_destination: (packet) => `${packet.destination} is not a destination that is routed`,
  netfilter_drop: (packet, place) => `netfilter of ${place} dropped it${lastRule(packet)}`,
  conntrack_full: (_packet, place) => `the connection table of ${place} was full (nf_conntrack_max)`,
  conntrack_clash: (_packet, place) =>
    `${place} could not give its connection a port or identifier of its own: all were taken`,
  no_protocol: (_packet, place) => `${place} has no handler for its IP protocol`,
  bridge_no_forward: noPortWords,
  frame_too_big: (packet) => `the frame is larger than the MTU of ${packet.fate!.interface} or of its peer`,
  bad_ip_options: () => 'its IPv4 options contradict themselves',
  source_route: (_packet, place) =>
    `${place} takes no source routes (accept_source_route), or this one led nowhere`,
  malformed: () => 'a header was malformed or a checksum wrong',
  backlog_full: () => 'too many frames were under way at one instant: there is a switching loop',
  socket_buffer_full: () => 'the receive buffer of the socket was full',
  reassembly_timeout: () => 'the other fragments of its datagram never came',
  reassembly_limit: () => 'too many fragments were waiting for the rest of their datagrams',
  device_gone: () => 'the interface or the whole namespace was removed meanwhile',
  no_tx_target: (packet) => `${packet.fate!.interface} knows no endpoint to send it to, nor one for all else`,
  tunnel_tx_info: (packet) =>
    `${packet.fate!.interface} is under external control, and nothing said where its tunnel leads`,
  tunnel_loop: (packet) => `the route to the other end of ${packet.fate!.interface} leads into it again`,
  vxlan_vni_not_found: (_packet, place) => `no VXLAN interface of ${place} that is up has this VNI and port`,
  vxlan_invalid_header: () => 'what came to the port of a tunnel has no VXLAN header',
  vxlan_entry_exists: (packet) =>
    `a static entry of ${packet.fate!.interface} says that its source address is elsewhere`,
  local_mac: (packet) => `it bears the MAC address of ${packet.fate!.interface} itself as its source: a loop`,
  tunnel_ecn: () => 'congestion was marked on the packet around it, and its sender does not take part in ECN',
  bridge_port_state: (packet) => `the port ${packet.fate!.interface} of the bridge does not forward now`,
  vlan_filtered: (packet) => `${packet.fate!.interface} is not a member of its VLAN`,
  icmp_unwanted: (_packet, place) => `${place} does not answer it, or had not asked for it`,
};

/** A bridge had nowhere to send the frame. */
function noPortWords(packet: TracedPacket, place: string): string {
  const looked = lastStep(packet, 'bridge');
  if (looked === undefined) return `the bridge of ${place} had no port to send it to`;
  const mac = looked.detail.split(': ')[0];
  return looked.detail.includes('flooded')
    ? `no bridge port of ${place} is known to lead to ${mac}, and there was no other port to flood it to`
    : `the port of ${place} that leads to ${mac} is the one it came in by, or is down`;
}

/** The frame came to a host whose MAC address it does not bear. */
function strayWords(packet: TracedPacket, place: string): string {
  const flooded = packet.steps.findLast(
    ({ step, detail }) => step === 'bridge' && detail.includes('flooded'),
  );
  if (flooded === undefined) return `${place} does not have the MAC address that the frame was sent to`;
  const mac = flooded.detail.split(': ')[0];
  return (
    `no bridge port leads to ${mac} as far as ${flooded.namespace} knows (its host or cable may be down), so it was ` +
    `flooded, and came to nobody but others such as ${place}`
  );
}

/** The address that found no route: the destination, or of an answer that could not be sent the way back. */
function wanted(packet: TracedPacket): string {
  const step = lastStep(packet, 'route');
  return step === undefined ? packet.destination : step.detail.split(':')[0];
}

function nextHop(packet: TracedPacket): string {
  return lastStep(packet, 'neighbour')?.detail.split(':')[0] ?? 'the next hop';
}

function lastRoute(packet: TracedPacket): string {
  return lastStep(packet, 'route')?.detail.replace(/: \w+$/, '') ?? '';
}

function lastStep(packet: TracedPacket, kind: TraceStep['step']): TraceStep | undefined {
  return packet.steps.findLast(({ step }) => step === kind);
}

/** The rule that was decided by. */
function lastRule(packet: TracedPacket): string {
  const rule = lastStep(packet, 'filter');
  return rule === undefined ? '' : `: ${rule.at} (${rule.detail})`;
}
