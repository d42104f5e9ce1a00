/**
 * Every reason for which a packet can die, after Linux's `enum skb_drop_reason` where it has one. The numbers
 * are places in counters; the text is what reports print.
 */
export const DropReason = {
  /** Unicast for another host that reached this one by flooding (SKB_DROP_REASON_OTHERHOST). */
  otherHost: 0,
  /** The egress queue of a cable, or a queueing discipline, was full (SKB_DROP_REASON_QDISC_DROP). */
  queueFull: 1,
  /** Lost on a cable, or by netem, by chance. */
  linkLoss: 2,
  /** The cable, or the other end of the veth pair, was down. */
  linkDown: 3,
  /** The interface was administratively down or its port disabled. */
  interfaceDown: 4,
  /** No route to the destination (SKB_DROP_REASON_IP_OUTNOROUTES, IP_INNOROUTES). */
  noRoute: 5,
  /** Not addressed to this host, which does not forward (`ip_forward` 0). */
  notForwarding: 6,
  /** The matching route is a blackhole. */
  blackhole: 7,
  /** The matching route is of type unreachable. */
  unreachable: 8,
  /** The matching route is of type prohibit. */
  prohibited: 9,
  /** Time to live ran out in transit. */
  ttlExceeded: 10,
  /** Larger than the next MTU, with DF set (SKB_DROP_REASON_PKT_TOO_BIG). */
  packetTooBig: 11,
  /** Nobody answered ARP for the next hop (SKB_DROP_REASON_NEIGH_FAILED). */
  neighbourFailed: 12,
  /** Too much was waiting for an ARP answer already (SKB_DROP_REASON_NEIGH_QUEUEFULL). */
  neighbourQueueFull: 13,
  /** The neighbour table was full (gc_thresh3). */
  neighbourTableFull: 14,
  /** No socket on the destination port (SKB_DROP_REASON_NO_SOCKET). */
  noSocket: 15,
  /** A source address that cannot be (SKB_DROP_REASON_IP_INVALID_SOURCE). */
  martianSource: 16,
  /** Reverse-path filter (SKB_DROP_REASON_IP_RPFILTER). */
  reversePathFilter: 17,
  /** A destination that is not to be routed. */
  martianDestination: 18,
  /** No handler for the EtherType (SKB_DROP_REASON_UNHANDLED_PROTO). */
  unhandledProtocol: 19,
  /** No handler for the IP protocol (SKB_DROP_REASON_IP_NOPROTO). */
  noProtocol: 20,
  /** A bridge had no port to send it to: the destination is on the port it came from. */
  bridgeNoForward: 21,
  /** A bridge does not forward this group address (IEEE 802.1D reserved). */
  bridgeReserved: 22,
  /** Not a valid source MAC address. */
  badSourceMac: 23,
  /** Frame larger than the MTU of the interface or port. */
  frameTooBig: 24,
  /** A malformed header or a bad checksum. */
  malformed: 25,
  /** Too many frames at one instant: a switching loop. */
  backlogFull: 26,
  /** The socket's receive buffer was full (SKB_DROP_REASON_SOCKET_RCVBUFF). */
  socketBufferFull: 27,
  /** A fragment whose datagram never became whole (SKB_DROP_REASON_FRAG_REASM_TIMEOUT). */
  reassemblyTimeout: 28,
  /** Too many fragments waiting (SKB_DROP_REASON_DUP_FRAG and memory limits). */
  reassemblyLimit: 29,
  /** The interface or namespace was removed with the packet in it. */
  deviceGone: 30,
  /** ICMP that was not asked for and is for nobody. */
  icmpUnwanted: 31,
  /** Sent to a local address for which forwarding to the outside is not allowed. */
  sourceRequired: 32,
  /** A tunnel knows no remote for the destination (SKB_DROP_REASON_NO_TX_TARGET). */
  noTxTarget: 33,
  /** A tunnel under external control was not told where to send it (SKB_DROP_REASON_TUNNEL_TXINFO). */
  tunnelTxInfo: 34,
  /** The way to the tunnel's other end leads into the tunnel itself (ELOOP). */
  tunnelLoop: 35,
  /** VXLAN: nobody here serves this VNI (SKB_DROP_REASON_VXLAN_VNI_NOT_FOUND). */
  vxlanVniNotFound: 36,
  /** VXLAN: a header without a VNI, or none at all (SKB_DROP_REASON_VXLAN_INVALID_HDR). */
  vxlanInvalidHeader: 37,
  /** VXLAN: its source address stands elsewhere for good (SKB_DROP_REASON_VXLAN_ENTRY_EXISTS). */
  vxlanEntryExists: 38,
  /** The source address is the receiving interface's own (SKB_DROP_REASON_LOCAL_MAC). */
  localMac: 39,
  /** Congestion was marked outside of a tunnel for a sender that does not know of it (SKB_DROP_REASON_IP_TUNNEL_ECN). */
  tunnelEcn: 40,
  /** The bridge port is not in a state to take frames in (SKB_DROP_REASON_BRIDGE_INGRESS_STP_STATE). */
  bridgePortState: 41,
  /** The bridge port, or the bridge itself, is not a member of the frame's VLAN. */
  vlanFiltered: 42,
  /** A rule of netfilter said so (SKB_DROP_REASON_NETFILTER_DROP). */
  netfilterDrop: 43,
  /** The connection table was full (nf_conntrack_max). */
  conntrackFull: 44,
  /** Its connection could not be told from another one, as all ports were taken. */
  conntrackClash: 45,
  /** Options of IPv4 that contradict themselves (SKB_DROP_REASON_IP_INHDR). */
  badIpOptions: 46,
  /** A source route that is not accepted here, or leads nowhere. */
  sourceRoute: 47,
  /** A queueing discipline saw congestion coming: CoDel, RED (SKB_DROP_REASON_QDISC_CONGESTED). */
  queueCongested: 48,
  /** The checksum of the IP header was wrong (SKB_DROP_REASON_IP_CSUM). */
  ipChecksum: 49,
  /** The checksum of UDP was wrong (SKB_DROP_REASON_UDP_CSUM). */
  udpChecksum: 50,
  /** The checksum of TCP was wrong (SKB_DROP_REASON_TCP_CSUM). */
  tcpChecksum: 51,
  /** The checksum of ICMP was wrong (SKB_DROP_REASON_ICMP_CSUM). */
  icmpChecksum: 52,
  /** Too many packets were waiting for a core of the node (SKB_DROP_REASON_CPU_BACKLOG). */
  cpuBacklog: 53,
  /** A router of an overlay saw it, but its destination is on this side of it. */
  overlayLocal: 54,
  /** A router of an overlay knows nobody to send it to. */
  overlayNoPeer: 55,
  /** A router of an overlay has seen its source address elsewhere. */
  overlaySourceElsewhere: 56,
  /** A router of an overlay does not know yet where the peer is to be reached. */
  overlayNoContact: 57,
  /** A datagram of an overlay names a peer that is not known here. */
  overlayUnknownPeer: 58,
  /** A datagram of an overlay has come before, or is too old to tell. */
  overlayReplayed: 59,
  /** A datagram of an overlay was not encrypted by whom it says it is from, or not as it is now. */
  overlayNotAuthentic: 60,
  /** The connection of an overlay ended with it in its queue. */
  overlayClosed: 61,
  /** A router of an overlay would have sent it back to where it came from. */
  overlayHairpin: 62,
  /** A datapath has no flow for it, and no program listens for what it has none for. */
  datapathNoFlow: 63,
  /** A flow of a datapath says that nothing is to be done with it (OVS_DROP_LAST_ACTION). */
  datapathNoAction: 64,
  /** IPsec: there is no association for it (XfrmInNoStates, XfrmOutNoStates). */
  xfrmNoState: 65,
  /** IPsec: it has come before, or is too old to tell (XfrmInStateSeqError). */
  xfrmReplayed: 66,
  /** IPsec: it was encrypted by another key, or is not what it was (XfrmInStateProtoError). */
  xfrmNotAuthentic: 67,
  /** It should have been encrypted (SKB_DROP_REASON_XFRM_POLICY). */
  xfrmPolicy: 68,
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

const names: string[] = [];
for (const [name, number] of Object.entries(DropReason)) {
  names[number] = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const DROP_REASON_COUNT = names.length;

/** The name of a reason as reports print it, for example `neighbour_failed`. */
export function dropReasonName(reason: DropReason): string {
  return names[reason];
}
