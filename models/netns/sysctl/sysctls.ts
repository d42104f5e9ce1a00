import { DEFAULT_ICMP_RATEMASK } from '../ipv4/icmp-rate-limit.ts';

/** `net.ipv4.*` of one namespace, as far as the models look at it. Shared until a value is set. */
export interface Sysctls {
  ipForward: boolean;
  ipDefaultTtl: number;
  ipNoPmtuDisc: number;
  /** Nanoseconds between ICMP errors to one host. */
  icmpRatelimit: number;
  icmpRatemask: number;
  icmpEchoIgnoreAll: boolean;
  icmpEchoIgnoreBroadcasts: boolean;
  localPortRange: readonly [low: number, high: number];
  /** What flows are told apart by: 0 addresses, 1 protocol and ports as well. */
  fibMultipathHashPolicy: number;
  /** 0: the kernel's own draw. */
  fibMultipathHashSeed: number;
  fibMultipathUseNeigh: boolean;
  /** ICMP messages to all peers together, per second, and how many may come at once. */
  icmpMsgsPerSec: number;
  icmpMsgsBurst: number;
  icmpErrorsUseInboundIfaddr: boolean;
  ipForwardUsePmtu: boolean;
  /** Bytes of memory for fragments under reassembly. */
  ipfragHighThresh: number;
  /** Nanoseconds that fragments wait for the rest. */
  ipfragTime: number;
  /** Fragments of other datagrams from the same host after which a datagram is given up; 0 for no limit. */
  ipfragMaxDist: number;
  ipNonlocalBind: boolean;
  /** Nanoseconds. */
  routeMtuExpires: number;
  routeMinPmtu: number;
  tcpSynRetries: number;
  tcpSynLinearTimeouts: number;
  tcpSynackRetries: number;
  tcpRetries2: number;
  tcpOrphanRetries: number;
  /** Seconds that an orphan waits in FIN-WAIT-2. */
  tcpFinTimeout: number;
  /** Seconds. */
  tcpKeepaliveTime: number;
  tcpKeepaliveInterval: number;
  tcpKeepaliveProbes: number;
  /** 0 never, 1 always, 2 on loopback only. */
  tcpTwReuse: number;
  tcpTimestamps: number;
  tcpSack: number;
  tcpWindowScaling: number;
  tcpSlowStartAfterIdle: boolean;
  tcpAbortOnOverflow: boolean;
  tcpMaxSynBacklog: number;
  somaxconn: number;
  /** Least retransmission time-out, microseconds. */
  tcpRtoMin: number;
  /** Least, default and largest buffer, bytes. */
  tcpRmem: readonly [min: number, standard: number, max: number];
  tcpWmem: readonly [min: number, standard: number, max: number];
  /** 0 off, 1 asked for, 2 granted to who asks. */
  tcpEcn: number;
  /** A SYN that is lost is sent again without asking for ECN. */
  tcpEcnFallback: boolean;
  /** 0: time-outs are never taken back. */
  tcpFrto: number;
  /** 3: with tail loss probes. */
  tcpEarlyRetrans: number;
  /** Acknowledgements of one gap that may be left out, and for how long at most, nanoseconds. */
  tcpCompSackNr: number;
  tcpCompSackDelay: number;
  /** Congestion control of sockets that name none. */
  tcpCongestionControl: string;
}

/** Linux 6 defaults. */
export const DEFAULT_SYSCTLS: Readonly<Sysctls> = Object.freeze({
  ipForward: false,
  ipDefaultTtl: 64,
  ipNoPmtuDisc: 0,
  icmpRatelimit: 1e9,
  icmpRatemask: DEFAULT_ICMP_RATEMASK,
  icmpEchoIgnoreAll: false,
  icmpEchoIgnoreBroadcasts: true,
  localPortRange: Object.freeze([32_768, 60_999] as const),
  fibMultipathHashPolicy: 0,
  fibMultipathHashSeed: 0,
  fibMultipathUseNeigh: false,
  icmpMsgsPerSec: 1000,
  icmpMsgsBurst: 50,
  icmpErrorsUseInboundIfaddr: false,
  ipForwardUsePmtu: false,
  ipfragHighThresh: 4 * 1024 * 1024,
  ipfragTime: 30e9,
  ipfragMaxDist: 64,
  ipNonlocalBind: false,
  routeMtuExpires: 600e9,
  routeMinPmtu: 552,
  tcpSynRetries: 6,
  tcpSynLinearTimeouts: 4,
  tcpSynackRetries: 5,
  tcpRetries2: 15,
  tcpOrphanRetries: 0,
  tcpFinTimeout: 60,
  tcpKeepaliveTime: 7200,
  tcpKeepaliveInterval: 75,
  tcpKeepaliveProbes: 9,
  tcpTwReuse: 2,
  tcpTimestamps: 1,
  tcpSack: 1,
  tcpWindowScaling: 1,
  tcpSlowStartAfterIdle: true,
  tcpAbortOnOverflow: false,
  tcpMaxSynBacklog: 2048,
  somaxconn: 4096,
  tcpRtoMin: 200_000,
  tcpRmem: Object.freeze([4096, 131_072, 33_554_432] as const),
  tcpWmem: Object.freeze([4096, 16_384, 4_194_304] as const),
  tcpEcn: 2,
  tcpEcnFallback: true,
  tcpFrto: 2,
  tcpEarlyRetrans: 3,
  tcpCompSackNr: 44,
  tcpCompSackDelay: 1e6,
  tcpCongestionControl: 'cubic',
});
