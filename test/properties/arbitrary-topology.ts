import { fc } from '@fast-check/vitest';

export interface CableChoice {
  /** Bits per second. */
  rate: number;
  /** Nanoseconds. */
  delay: number;
  queuePackets: number;
  queueBytes: number | undefined;
  loss: number;
}

export interface NodeChoice {
  /** Which of the two LAN switches it is plugged into. */
  lan: 0 | 1;
  podPrefixLength: number;
  pods: number;
  podMtu: number;
  uplinkMtu: number;
  forwards: boolean;
  cable: CableChoice;
}

/**
 * What one node's route to another node's pods looks like. `detour` goes over a third node; `loop` does, and that
 * one's route comes back.
 */
export const ROUTE_KINDS = [
  'subnet',
  'hosts',
  'wide',
  'none',
  'detour',
  'loop',
  'blackhole',
  'unreachable',
  'prohibit',
] as const;

export interface RouteChoice {
  from: number;
  to: number;
  kind: (typeof ROUTE_KINDS)[number];
  via: number;
}

export interface FlowChoice {
  /** `turns`: one socket sends to both `to` and `other`. */
  kind: 'udp' | 'ping' | 'turns';
  from: { node: number; pod: number };
  to: { node: number; pod: number };
  other: { node: number; pod: number };
  /** To the node instead of one of its pods. */
  toNode: boolean;
  /** To a port that somebody listens on. */
  open: boolean;
  /** Nanoseconds. */
  start: number;
  every: number;
  random: boolean;
  size: number;
  count: number;
}

/** What is taken down, narrowed, changed or forgotten for a while. */
export const DISTURBANCES = [
  'cable',
  'podLink',
  'uplink',
  'podBridge',
  'podMtu',
  'portMtu',
  'uplinkMtu',
  'podRoute',
  'neighbours',
  'podMac',
  'ageing',
  'hairpin',
  'isolated',
  'podAddress',
  'podLocalRoute',
  'podNeighbour',
] as const;

export interface DisturbanceChoice {
  what: (typeof DISTURBANCES)[number];
  node: number;
  pod: number;
  /** Nanoseconds: when, and for how long. */
  at: number;
  lasting: number;
}

export interface SysctlChoice {
  node: number;
  at: number;
  name: string;
  value: string;
}

/** A network of nodes with pods on one or two LANs, what happens to it and what goes on in it. Indices wrap around. */
export interface Topology {
  seed: number;
  nodes: NodeChoice[];
  routes: RouteChoice[];
  flows: FlowChoice[];
  disturbances: DisturbanceChoice[];
  sysctls: SysctlChoice[];
}

const index = fc.nat({ max: 5 });
const MILLISECOND = 1e6;

const cable: fc.Arbitrary<CableChoice> = fc.record({
  rate: fc.constantFrom(1e6, 10e6, 97e6, 1e9, 3e9, 100e9),
  delay: fc.constantFrom(0, 1, 999, 50_000, 3_000_000),
  queuePackets: fc.constantFrom(1, 3, 20, 1000),
  queueBytes: fc.constantFrom(undefined, 3000, 30_000),
  loss: fc.constantFrom(0, 0, 0, 0.01, 0.3),
});

const node: fc.Arbitrary<NodeChoice> = fc.record({
  lan: fc.constantFrom(0, 0, 1),
  podPrefixLength: fc.integer({ min: 20, max: 28 }),
  pods: fc.integer({ min: 1, max: 3 }),
  podMtu: fc.constantFrom(1500, 1500, 1400, 9000, 576),
  uplinkMtu: fc.constantFrom(1500, 1500, 1420, 1000, 600),
  forwards: fc.constantFrom(true, true, true, false),
  cable,
});

const route: fc.Arbitrary<RouteChoice> = fc.record({
  from: index,
  to: index,
  kind: fc.constantFrom(...ROUTE_KINDS),
  via: index,
});

const place = fc.record({ node: index, pod: index });

const flow: fc.Arbitrary<FlowChoice> = fc.record({
  kind: fc.constantFrom('udp', 'udp', 'turns', 'ping'),
  from: place,
  to: place,
  other: place,
  toNode: fc.constantFrom(false, false, false, true),
  open: fc.constantFrom(true, true, true, false),
  start: fc.integer({ min: 0, max: 2000 * MILLISECOND }),
  every: fc.integer({ min: 1000, max: 300 * MILLISECOND }),
  random: fc.boolean(),
  size: fc.oneof(fc.integer({ min: 0, max: 1472 }), fc.integer({ min: 0, max: 9000 })),
  count: fc.integer({ min: 1, max: 40 }),
});

const disturbance: fc.Arbitrary<DisturbanceChoice> = fc.record({
  what: fc.constantFrom(...DISTURBANCES),
  node: index,
  pod: index,
  at: fc.integer({ min: 0, max: 3000 * MILLISECOND }),
  lasting: fc.integer({ min: 1, max: 2000 * MILLISECOND }),
});

const sysctl: fc.Arbitrary<SysctlChoice> = fc
  .record({
    node: index,
    at: fc.integer({ min: 0, max: 3000 * MILLISECOND }),
    setting: fc.constantFrom<[name: string, value: string]>(
      ['net.ipv4.ip_forward', '0'],
      ['net.ipv4.ip_forward', '1'],
      ['net.ipv4.conf.all.rp_filter', '1'],
      ['net.ipv4.conf.all.rp_filter', '2'],
      ['net.ipv4.conf.all.send_redirects', '0'],
      ['net.ipv4.conf.eth0.proxy_arp', '1'],
      ['net.ipv4.conf.all.arp_ignore', '1'],
      ['net.ipv4.conf.all.arp_accept', '1'],
      ['net.ipv4.icmp_ratelimit', '0'],
      ['net.ipv4.icmp_echo_ignore_all', '1'],
      ['net.ipv4.ip_default_ttl', '3'],
      ['net.ipv4.neigh.eth0.unres_qlen_bytes', '3000'],
      ['net.ipv4.neigh.eth0.base_reachable_time_ms', '500'],
      ['net.ipv4.neigh.eth0.delay_first_probe_time', '1'],
    ),
  })
  .map(({ setting: [name, value], ...rest }) => ({ ...rest, name, value }));

export const arbitraryTopology: fc.Arbitrary<Topology> = fc.record({
  seed: fc.nat({ max: 2 ** 31 - 1 }),
  nodes: fc.array(node, { minLength: 1, maxLength: 4 }),
  routes: fc.array(route, { maxLength: 6 }),
  flows: fc.array(flow, { minLength: 1, maxLength: 8 }),
  disturbances: fc.array(disturbance, { maxLength: 4 }),
  sysctls: fc.array(sysctl, { maxLength: 3 }),
});
