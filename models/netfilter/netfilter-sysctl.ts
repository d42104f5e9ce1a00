import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { type ConntrackConfig, DEFAULT_CONNTRACK_CONFIG } from './conntrack-config.ts';

/** A value of `net.netfilter` or `net.bridge`, read and set as it is kept: times in nanoseconds, flags as 0 and 1. */
export interface NetfilterSysctl {
  /** What one step of the number in /proc/sys is. */
  unit: number;
  boolean: boolean;
  get(namespace: NetworkNamespace): number | boolean;
  /** Null for one that can only be read. */
  set: ((namespace: NetworkNamespace, value: number) => void) | null;
}

const SECOND = 1e9;

const conntrackKeys = new Map<string, [key: keyof ConntrackConfig, kind: 'number' | 'flag' | 'seconds']>([
  ['acct', ['acct', 'flag']],
  ['generic_timeout', ['genericTimeout', 'seconds']],
  ['icmp_timeout', ['icmpTimeout', 'seconds']],
  ['max', ['max', 'number']],
  ['tcp_be_liberal', ['tcpBeLiberal', 'flag']],
  ['tcp_ignore_invalid_rst', ['tcpIgnoreInvalidRst', 'flag']],
  ['tcp_loose', ['tcpLoose', 'flag']],
  ['tcp_max_retrans', ['tcpMaxRetrans', 'number']],
  ['tcp_timeout_close', ['tcpTimeoutClose', 'seconds']],
  ['tcp_timeout_close_wait', ['tcpTimeoutCloseWait', 'seconds']],
  ['tcp_timeout_established', ['tcpTimeoutEstablished', 'seconds']],
  ['tcp_timeout_fin_wait', ['tcpTimeoutFinWait', 'seconds']],
  ['tcp_timeout_last_ack', ['tcpTimeoutLastAck', 'seconds']],
  ['tcp_timeout_max_retrans', ['tcpTimeoutMaxRetrans', 'seconds']],
  ['tcp_timeout_syn_recv', ['tcpTimeoutSynRecv', 'seconds']],
  ['tcp_timeout_syn_sent', ['tcpTimeoutSynSent', 'seconds']],
  ['tcp_timeout_time_wait', ['tcpTimeoutTimeWait', 'seconds']],
  ['tcp_timeout_unacknowledged', ['tcpTimeoutUnacknowledged', 'seconds']],
  ['udp_timeout', ['udpTimeout', 'seconds']],
  ['udp_timeout_stream', ['udpTimeoutStream', 'seconds']],
]);

const CONNTRACK_PREFIX = 'net.netfilter.nf_conntrack_';
const COUNT = `${CONNTRACK_PREFIX}count`;
const CALL_IPTABLES = 'net.bridge.bridge-nf-call-iptables';
/** The older name of the table's size. */
const MAX_ALIAS = 'net.nf_conntrack_max';

export function netfilterSysctlNames(): string[] {
  const names = [CALL_IPTABLES, COUNT, MAX_ALIAS];
  for (const key of conntrackKeys.keys()) names.push(CONNTRACK_PREFIX + key);
  return names;
}

/** The value of a dotted name; undefined when it is none of netfilter's. */
export function findNetfilterSysctl(name: string): NetfilterSysctl | undefined {
  if (name === CALL_IPTABLES) return callIptables;
  if (name === COUNT) return { ...plainNumber, get: (namespace) => countOf(namespace) };
  if (name === MAX_ALIAS) return conntrackValue('max');
  return name.startsWith(CONNTRACK_PREFIX) ? conntrackValue(name.slice(CONNTRACK_PREFIX.length)) : undefined;
}

const plainNumber = { unit: 1, boolean: false, set: null };

const callIptables: NetfilterSysctl = {
  unit: 1,
  boolean: true,
  get: (namespace) => namespace.netfilterIfAny?.callFromBridges ?? true,
  set(namespace, value) {
    if (value === 0 || namespace.netfilterIfAny !== null) namespace.netfilter.callFromBridges = value !== 0;
  },
};

function countOf(namespace: NetworkNamespace): number {
  return namespace.netfilterIfAny?.conntrack.table.count ?? 0;
}

function conntrackValue(name: string): NetfilterSysctl | undefined {
  const known = conntrackKeys.get(name);
  if (known === undefined) return undefined;
  const [key, kind] = known;
  return {
    unit: kind === 'seconds' ? SECOND : 1,
    boolean: kind === 'flag',
    get: (namespace) => (namespace.netfilterIfAny?.conntrack.config ?? DEFAULT_CONNTRACK_CONFIG)[key],
    set(namespace, value) {
      const { conntrack } = namespace.netfilter;
      conntrack.config = { ...conntrack.config, [key]: kind === 'flag' ? value !== 0 : value };
    },
  };
}
