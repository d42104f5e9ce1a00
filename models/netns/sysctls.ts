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
});
