const SECOND = 1e9;

/** `net.netfilter.nf_conntrack_*` of one namespace, times in nanoseconds. Shared until a value is set. */
export interface ConntrackConfig {
  max: number;
  acct: boolean;
  tcpLoose: boolean;
  tcpBeLiberal: boolean;
  tcpIgnoreInvalidRst: boolean;
  tcpMaxRetrans: number;
  genericTimeout: number;
  icmpTimeout: number;
  udpTimeout: number;
  udpTimeoutStream: number;
  tcpTimeoutSynSent: number;
  tcpTimeoutSynRecv: number;
  tcpTimeoutEstablished: number;
  tcpTimeoutFinWait: number;
  tcpTimeoutCloseWait: number;
  tcpTimeoutLastAck: number;
  tcpTimeoutTimeWait: number;
  tcpTimeoutClose: number;
  tcpTimeoutMaxRetrans: number;
  tcpTimeoutUnacknowledged: number;
}

/** Linux 6 defaults; the size of the table is that of a machine with more than 4 GiB of memory. */
export const DEFAULT_CONNTRACK_CONFIG: Readonly<ConntrackConfig> = Object.freeze({
  max: 262_144,
  acct: false,
  tcpLoose: true,
  tcpBeLiberal: false,
  tcpIgnoreInvalidRst: false,
  tcpMaxRetrans: 3,
  genericTimeout: 600 * SECOND,
  icmpTimeout: 30 * SECOND,
  udpTimeout: 30 * SECOND,
  udpTimeoutStream: 120 * SECOND,
  tcpTimeoutSynSent: 120 * SECOND,
  tcpTimeoutSynRecv: 60 * SECOND,
  tcpTimeoutEstablished: 432_000 * SECOND,
  tcpTimeoutFinWait: 120 * SECOND,
  tcpTimeoutCloseWait: 60 * SECOND,
  tcpTimeoutLastAck: 30 * SECOND,
  tcpTimeoutTimeWait: 120 * SECOND,
  tcpTimeoutClose: 10 * SECOND,
  tcpTimeoutMaxRetrans: 300 * SECOND,
  tcpTimeoutUnacknowledged: 300 * SECOND,
});
