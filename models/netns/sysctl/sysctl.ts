import { findNetfilterSysctl, netfilterSysctlNames } from '../../netfilter/netfilter-sysctl.ts';
import { CONGESTION_CONTROLS } from '../../transport/tcp/congestion-controls.ts';
import { ControlError } from '../control-error.ts';
import type { DeviceConfig, NeighbourConfig } from '../interface/device-config.ts';
import type { GarbageThresholds } from '../neighbour/arp-table.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import {
  changeDeviceConfig,
  changeNeighbourConfig,
  deviceConfig,
  neighbourConfig,
  setForwarding,
} from './namespace-config.ts';
import type { Sysctls } from './sysctls.ts';

const MILLISECOND = 1e6;
const SECOND = 1e9;
/** USER_HZ: what `net.ipv4.neigh.*` counts in when it says neither seconds nor milliseconds. */
const TICK = 1e7;

/** How a number stands in /proc/sys: in steps of `unit`, between two bounds. */
interface Format {
  unit: number;
  min: number;
  max: number;
  boolean?: boolean;
}

/** A map, because names come from the user: an object would answer to `constructor` as well. */
function keyed<T>(entries: Record<string, T>): ReadonlyMap<string, T> {
  return new Map(Object.entries(entries));
}

const flag: Format = { unit: 1, min: -(2 ** 31), max: 2 ** 31 - 1, boolean: true };
const number: Format = { unit: 1, min: -(2 ** 31), max: 2 ** 31 - 1 };
const byte: Format = { unit: 1, min: 0, max: 255 };
const seconds: Format = { unit: SECOND, min: 0, max: 2 ** 31 - 1 };
const milliseconds: Format = { unit: MILLISECOND, min: 0, max: 2 ** 31 - 1 };
const ticks: Format = { unit: TICK, min: 0, max: 2 ** 31 - 1 };

const confKeys = keyed<[keyof DeviceConfig, Format]>({
  rp_filter: ['rpFilter', number],
  accept_local: ['acceptLocal', flag],
  accept_redirects: ['acceptRedirects', flag],
  secure_redirects: ['secureRedirects', flag],
  shared_media: ['sharedMedia', flag],
  send_redirects: ['sendRedirects', flag],
  route_localnet: ['routeLocalnet', flag],
  arp_accept: ['arpAccept', number],
  arp_announce: ['arpAnnounce', number],
  arp_filter: ['arpFilter', flag],
  arp_ignore: ['arpIgnore', number],
  arp_notify: ['arpNotify', flag],
  proxy_arp: ['proxyArp', flag],
  proxy_arp_pvlan: ['proxyArpPvlan', flag],
  ignore_routes_with_linkdown: ['ignoreRoutesWithLinkdown', flag],
  promote_secondaries: ['promoteSecondaries', flag],
  bc_forwarding: ['bcForwarding', flag],
  src_valid_mark: ['srcValidMark', flag],
  accept_source_route: ['acceptSourceRoute', flag],
  arp_evict_nocarrier: ['arpEvictNocarrier', flag],
  drop_gratuitous_arp: ['dropGratuitousArp', flag],
  drop_unicast_in_l2_multicast: ['dropUnicastInL2Multicast', flag],
  medium_id: ['mediumId', number],
});

const neighKeys = keyed<[keyof NeighbourConfig, Format]>({
  base_reachable_time: ['baseReachableTime', seconds],
  base_reachable_time_ms: ['baseReachableTime', milliseconds],
  retrans_time: ['retransTime', ticks],
  retrans_time_ms: ['retransTime', milliseconds],
  delay_first_probe_time: ['delayFirstProbeTime', seconds],
  gc_stale_time: ['gcStaleTime', seconds],
  ucast_solicit: ['unicastSolicit', number],
  mcast_solicit: ['multicastSolicit', number],
  mcast_resolicit: ['multicastResolicit', number],
  app_solicit: ['appSolicit', number],
  unres_qlen_bytes: ['unresolvedQueueBytes', number],
  locktime: ['lockTime', ticks],
  proxy_delay: ['proxyDelay', ticks],
  proxy_qlen: ['proxyQueueLength', number],
  anycast_delay: ['anycastDelay', ticks],
  interval_probe_time_ms: ['intervalProbeTime', milliseconds],
});

type NumberKey = Exclude<keyof Sysctls, TupleKey | 'ipForward' | 'tcpCongestionControl'>;
const ipv4Keys = keyed<[NumberKey, Format]>({
  ip_default_ttl: ['ipDefaultTtl', { unit: 1, min: 1, max: 255 }],
  ip_no_pmtu_disc: ['ipNoPmtuDisc', number],
  icmp_ratelimit: ['icmpRatelimit', milliseconds],
  icmp_ratemask: ['icmpRatemask', number],
  icmp_echo_ignore_all: ['icmpEchoIgnoreAll', flag],
  icmp_echo_ignore_broadcasts: ['icmpEchoIgnoreBroadcasts', flag],
  fib_multipath_hash_policy: ['fibMultipathHashPolicy', { unit: 1, min: 0, max: 3 }],
  fib_multipath_hash_seed: ['fibMultipathHashSeed', { unit: 1, min: 0, max: 2 ** 32 - 1 }],
  fib_multipath_use_neigh: ['fibMultipathUseNeigh', { ...flag, min: 0, max: 1 }],
  icmp_msgs_per_sec: ['icmpMsgsPerSec', { unit: 1, min: 0, max: 2 ** 31 - 1 }],
  icmp_msgs_burst: ['icmpMsgsBurst', { unit: 1, min: 0, max: 2 ** 31 - 1 }],
  icmp_errors_use_inbound_ifaddr: ['icmpErrorsUseInboundIfaddr', { ...flag, min: 0, max: 1 }],
  ip_forward_use_pmtu: ['ipForwardUsePmtu', flag],
  ip_nonlocal_bind: ['ipNonlocalBind', flag],
  ipfrag_high_thresh: ['ipfragHighThresh', { unit: 1, min: 0, max: Number.MAX_SAFE_INTEGER }],
  ipfrag_time: ['ipfragTime', seconds],
  ipfrag_max_dist: ['ipfragMaxDist', { unit: 1, min: 0, max: 2 ** 31 - 1 }],
  'route.mtu_expires': ['routeMtuExpires', seconds],
  'route.min_pmtu': ['routeMinPmtu', { unit: 1, min: 68, max: 2 ** 31 - 1 }],
  tcp_syn_retries: ['tcpSynRetries', { unit: 1, min: 1, max: 127 }],
  tcp_syn_linear_timeouts: ['tcpSynLinearTimeouts', { unit: 1, min: 0, max: 127 }],
  tcp_synack_retries: ['tcpSynackRetries', byte],
  tcp_retries2: ['tcpRetries2', byte],
  tcp_orphan_retries: ['tcpOrphanRetries', byte],
  tcp_fin_timeout: ['tcpFinTimeout', number],
  tcp_keepalive_time: ['tcpKeepaliveTime', number],
  tcp_keepalive_intvl: ['tcpKeepaliveInterval', number],
  tcp_keepalive_probes: ['tcpKeepaliveProbes', byte],
  tcp_tw_reuse: ['tcpTwReuse', { unit: 1, min: 0, max: 2 }],
  tcp_timestamps: ['tcpTimestamps', byte],
  tcp_sack: ['tcpSack', byte],
  tcp_window_scaling: ['tcpWindowScaling', byte],
  tcp_slow_start_after_idle: ['tcpSlowStartAfterIdle', flag],
  tcp_abort_on_overflow: ['tcpAbortOnOverflow', flag],
  tcp_max_syn_backlog: ['tcpMaxSynBacklog', number],
  tcp_ecn: ['tcpEcn', { unit: 1, min: 0, max: 2 }],
  tcp_ecn_fallback: ['tcpEcnFallback', { ...flag, min: 0, max: 1 }],
  tcp_frto: ['tcpFrto', byte],
  tcp_early_retrans: ['tcpEarlyRetrans', { unit: 1, min: 0, max: 4 }],
  tcp_comp_sack_nr: ['tcpCompSackNr', byte],
  tcp_comp_sack_delay_ns: ['tcpCompSackDelay', { unit: 1, min: 0, max: Number.MAX_SAFE_INTEGER }],
  tcp_rto_min_us: ['tcpRtoMin', { unit: 1, min: 1, max: 2 ** 31 - 1 }],
});

type TupleKey = 'localPortRange' | 'tcpRmem' | 'tcpWmem';
const tupleKeys = keyed<[TupleKey, Format]>({
  'net.ipv4.ip_local_port_range': ['localPortRange', { unit: 1, min: 1, max: 65_535 }],
  'net.ipv4.tcp_rmem': ['tcpRmem', { unit: 1, min: 1, max: 2 ** 31 - 1 }],
  'net.ipv4.tcp_wmem': ['tcpWmem', { unit: 1, min: 1, max: 2 ** 31 - 1 }],
});

/** Known names without a model behind them yet, with their Linux 6 defaults: they can be read and set, no more. */
const plainDefaults = keyed<string>({
  'net.bridge.bridge-nf-call-arptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'net.bridge.bridge-nf-filter-pppoe-tagged': '0',
  'net.bridge.bridge-nf-filter-vlan-tagged': '0',
  'net.bridge.bridge-nf-pass-vlan-input-dev': '0',
  'net.ipv4.neigh.default.gc_interval': '30',
  'net.netfilter.nf_conntrack_buckets': '262144',
  'net.netfilter.nf_conntrack_checksum': '1',
  'net.netfilter.nf_conntrack_events': '2',
  'net.netfilter.nf_conntrack_expect_max': '4096',
  'net.netfilter.nf_conntrack_log_invalid': '0',
  'net.netfilter.nf_conntrack_timestamp': '0',
});

/** One value of a namespace, found by its dotted name. */
interface Entry {
  get(): string;
  set(text: string): void;
}

/** Reads `name` (dotted). @throws ControlError ENOENT when there is no such value */
export function getSysctl(namespace: NetworkNamespace, name: string): string {
  return find(namespace, name).get();
}

/** Sets `name` (dotted). @throws ControlError ENOENT for an unknown name, EINVAL for a value that does not fit */
export function setSysctl(namespace: NetworkNamespace, name: string, value: string): void {
  find(namespace, name).set(value.trim());
}

/** Every name of a namespace, sorted as `sysctl -a` does. A dot in an interface's name stands as a slash. */
export function sysctlNames(namespace: NetworkNamespace): string[] {
  const devices = namespace.interfaces().map((iface) => iface.name.replaceAll('.', '/'));
  const names = ['net.ipv4.ip_forward', 'net.core.somaxconn', CONTROL, CONTROLS_AVAILABLE];
  names.push(...tupleKeys.keys(), ...plainDefaults.keys());
  names.push(...netfilterSysctlNames());
  for (const key of ipv4Keys.keys()) names.push(`net.ipv4.${key}`);
  for (const level of [1, 2, 3]) names.push(`net.ipv4.neigh.default.gc_thresh${level}`);
  for (const device of ['all', 'default', ...devices]) {
    names.push(`net.ipv6.conf.${device}.disable_ipv6`);
    for (const key of ['forwarding', ...confKeys.keys()]) names.push(`net.ipv4.conf.${device}.${key}`);
  }
  for (const device of ['default', ...devices]) {
    for (const key of neighKeys.keys()) names.push(`net.ipv4.neigh.${device}.${key}`);
  }
  return names.sort();
}

function find(namespace: NetworkNamespace, name: string): Entry {
  const entry =
    findIpv4(namespace, name) ??
    findConf(namespace, name) ??
    findNeigh(namespace, name) ??
    findThreshold(namespace, name) ??
    findNetfilter(namespace, name) ??
    findPlain(namespace, name);
  if (entry === undefined) throw new ControlError('ENOENT');
  return entry;
}

function findIpv4(namespace: NetworkNamespace, name: string): Entry | undefined {
  if (name === 'net.ipv4.ip_forward') return forwardingEntry(namespace);
  const tuple = tupleKeys.get(name);
  if (tuple !== undefined) return tupleEntry(namespace, tuple[0], tuple[1]);
  if (name === CONTROL) return controlEntry(namespace);
  if (name === CONTROLS_AVAILABLE) return availableControls;
  if (name === 'net.core.somaxconn') return numberEntry(namespace, 'somaxconn', number);
  const known = name.startsWith('net.ipv4.') ? ipv4Keys.get(name.slice('net.ipv4.'.length)) : undefined;
  return known === undefined ? undefined : numberEntry(namespace, known[0], known[1]);
}

function numberEntry(namespace: NetworkNamespace, key: NumberKey, format: Format): Entry {
  return {
    get: () => print(namespace.sysctls[key], format),
    set: (text) => namespace.changeSysctls({ [key]: parse(text, format) }),
  };
}

/** Several numbers, separated by tabs; a range begins with its lower end. */
function tupleEntry(namespace: NetworkNamespace, key: TupleKey, format: Format): Entry {
  return {
    get: () => namespace.sysctls[key].join('\t'),
    set(text) {
      const numbers = text.split(/\s+/).map((part) => parseNumber(part, format));
      if (numbers.length !== namespace.sysctls[key].length) throw new ControlError('EINVAL');
      if (key === 'localPortRange' && numbers[0] > numbers[1]) throw new ControlError('EINVAL');
      namespace.changeSysctls({ [key]: numbers });
    },
  };
}

const CONTROL = 'net.ipv4.tcp_congestion_control';
const CONTROLS_AVAILABLE = 'net.ipv4.tcp_available_congestion_control';

function controlEntry(namespace: NetworkNamespace): Entry {
  return {
    get: () => namespace.sysctls.tcpCongestionControl,
    set(name) {
      if (!CONGESTION_CONTROLS.includes(name)) throw new ControlError('ENOENT');
      namespace.changeSysctls({ tcpCongestionControl: name });
    },
  };
}

const availableControls: Entry = {
  get: () => CONGESTION_CONTROLS.join(' '),
  set() {
    throw new ControlError('EACCES');
  },
};

function forwardingEntry(namespace: NetworkNamespace): Entry {
  return {
    get: () => print(namespace.sysctls.ipForward, flag),
    set: (text) => setForwarding(namespace, parseNumber(text, flag) !== 0),
  };
}

function findConf(namespace: NetworkNamespace, name: string): Entry | undefined {
  const match = /^net\.ipv4\.conf\.(.+)\.([a-z_0-9]+)$/.exec(name);
  if (match === null) return undefined;
  const device = match[1].replaceAll('/', '.');
  if (match[2] === 'forwarding') {
    if (device === 'all') return forwardingEntry(namespace);
    return configEntry(namespace, device, 'forwarding', flag);
  }
  const known = confKeys.get(match[2]);
  return known === undefined ? undefined : configEntry(namespace, device, known[0], known[1]);
}

function configEntry(
  namespace: NetworkNamespace,
  device: string,
  key: keyof DeviceConfig,
  format: Format,
): Entry | undefined {
  if (deviceConfig(namespace, device) === undefined) return undefined;
  return {
    get: () => print(deviceConfig(namespace, device)![key], format),
    set: (text) => changeDeviceConfig(namespace, device, { [key]: parse(text, format) }),
  };
}

function findNeigh(namespace: NetworkNamespace, name: string): Entry | undefined {
  const match = /^net\.ipv4\.neigh\.(.+)\.([a-z_0-9]+)$/.exec(name);
  const known = match === null ? undefined : neighKeys.get(match[2]);
  if (match === null || known === undefined) return undefined;
  const device = match[1].replaceAll('/', '.');
  if (neighbourConfig(namespace, device) === undefined) return undefined;
  const [key, format] = known;
  return {
    get: () => print(neighbourConfig(namespace, device)![key], format),
    set: (text) =>
      changeNeighbourConfig(namespace, device, { [key]: parseNumber(text, format) * format.unit }),
  };
}

/** `gc_thresh1` to `gc_thresh3`, of the whole table. */
function findThreshold(namespace: NetworkNamespace, name: string): Entry | undefined {
  const match = /^net\.ipv4\.neigh\.default\.gc_(thresh[123])$/.exec(name);
  if (match === null) return undefined;
  const key = match[1] as keyof GarbageThresholds;
  const table = namespace.arpTable;
  return {
    get: () => String(table.thresholds[key]),
    set: (text) => {
      table.thresholds = { ...table.thresholds, [key]: parseNumber(text, { ...number, min: 0 }) };
    },
  };
}

function findPlain(namespace: NetworkNamespace, name: string): Entry | undefined {
  const ipv6 = /^net\.ipv6\.conf\.[^.]+\.disable_ipv6$/.test(name) ? '0' : undefined;
  const standard = plainDefaults.get(name) ?? ipv6;
  if (standard === undefined) return undefined;
  return {
    get: () => namespace.plainSysctls?.get(name) ?? standard,
    set(text) {
      namespace.plainSysctls ??= new Map();
      namespace.plainSysctls.set(name, text);
    },
  };
}

function findNetfilter(namespace: NetworkNamespace, name: string): Entry | undefined {
  const found = findNetfilterSysctl(name);
  if (found === undefined) return undefined;
  const format: Format = { unit: found.unit, min: 0, max: 2 ** 31 - 1, boolean: found.boolean };
  return {
    get: () => print(found.get(namespace), format),
    set: (text) => {
      if (found.set === null) throw new ControlError('EACCES');
      found.set(namespace, Number(parse(text, format)));
    },
  };
}

function print(value: number | boolean, format: Format): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(Math.round(value / format.unit));
}

function parse(text: string, format: Format): number | boolean {
  const value = parseNumber(text, format);
  return format.boolean === true ? value !== 0 : value * format.unit;
}

function parseNumber(text: string, format: Format): number {
  if (!/^-?\d+$/.test(text)) throw new ControlError('EINVAL');
  const value = Number(text);
  if (value < format.min || value > format.max) throw new ControlError('EINVAL');
  return value;
}
