import { DEFAULT_ICMP_RATEMASK } from './icmp-rate-limit.ts';

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
});
