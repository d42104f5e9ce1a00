import type { Scenario } from '../schema/scenario.ts';
import { type EndpointSet, matchEndpoints } from '../topology/endpoints.ts';
import { countPairs, type Pattern } from '../topology/pairs.ts';
import type { Topology } from '../topology/topology.ts';

/** Payload sizes in bytes. */
export type SizePlan =
  | { kind: 'fixed'; bytes: number }
  | { kind: 'uniform'; low: number; high: number }
  | { kind: 'exponential'; mean: number; max: number }
  | { kind: 'choice'; sizes: number[] };

/** When packets are sent. */
export type ArrivalPlan =
  | { kind: 'constant' }
  | { kind: 'poisson' }
  | { kind: 'on-off'; on: number; off: number; distribution: 'exponential' | 'constant' };

interface CommonPlan {
  name: string;
  from: EndpointSet;
  to: EndpointSet;
  pattern: Pattern;
  /** Pairs of sender and receiver at most. */
  pairCount: number;
  /** Nanoseconds. */
  start: number;
  /** Nanoseconds; nothing is sent at or after it. */
  stop: number;
  /** Mean time between packets of a pair in nanoseconds, not always whole; while on, with on-off arrivals. */
  interval: number;
  /** Packets that each pair sends at most. */
  count: number;
}

export interface PingPlan extends CommonPlan {
  kind: 'ping';
  /** Data bytes. */
  size: number;
}

export interface UdpPlan extends CommonPlan {
  kind: 'udp';
  arrivals: ArrivalPlan;
  size: SizePlan;
  port: number;
  /** Whether the receiver opens the port for this traffic. */
  openPort: boolean;
}

export type TrafficPlan = PingPlan | UdpPlan;

type TrafficSection = Scenario['traffic'][string];
type UdpSection = Extract<TrafficSection, { kind: 'udp' }>;

/** The largest UDP payload of IPv4. */
const maxPayload = 65507;

export function planTraffic(scenario: Scenario, topology: Topology): TrafficPlan[] {
  return Object.entries(scenario.traffic).map(([name, section]): TrafficPlan => {
    const from = endpoints(section.from, topology);
    const to = endpoints(section.to, topology);
    const common = {
      name,
      from,
      to,
      pattern: section.pattern,
      pairCount: countPairs(section.pattern, from, to),
      start: section.start,
      stop: Math.min(section.stop ?? scenario.stop, scenario.stop),
    };
    if (section.kind === 'ping') {
      const count = section.count ?? Number.POSITIVE_INFINITY;
      return { kind: 'ping', ...common, interval: section.every, count, size: section.size };
    }
    const size = planSize(section.size);
    return {
      kind: 'udp',
      ...common,
      interval: intervalOf(section, size),
      count: section.packets ?? Number.POSITIVE_INFINITY,
      arrivals: planArrivals(section.arrivals),
      size,
      port: section.port,
      openPort: section.open_port,
    };
  });
}

/** Mean of the payload sizes in bytes; of the exponential before it is cut off. */
export function meanSize(size: SizePlan): number {
  if (size.kind === 'fixed') return size.bytes;
  if (size.kind === 'uniform') return (size.low + size.high) / 2;
  if (size.kind === 'exponential') return size.mean;
  return size.sizes.reduce((sum, bytes) => sum + bytes, 0) / size.sizes.length;
}

function endpoints(references: string | string[], topology: Topology): EndpointSet {
  const set = matchEndpoints(references, topology);
  if ('problem' in set) throw new Error(`assertion failed: unchecked scenario: ${set.problem.message}`);
  return set;
}

function intervalOf(section: UdpSection, size: SizePlan): number {
  if (section.rate === undefined) return section.every!;
  const { unit, perSecond } = section.rate;
  return unit === 'packet' ? 1e9 / perSecond : (meanSize(size) * 8 * 1e9) / perSecond;
}

function planSize(size: UdpSection['size']): SizePlan {
  if (typeof size === 'number') return { kind: 'fixed', bytes: size };
  if (size.uniform !== undefined) return { kind: 'uniform', low: size.uniform[0], high: size.uniform[1] };
  if (size.exponential !== undefined) return { kind: 'exponential', mean: size.exponential, max: maxPayload };
  return { kind: 'choice', sizes: size.choice! };
}

function planArrivals(arrivals: UdpSection['arrivals']): ArrivalPlan {
  return typeof arrivals === 'string' ? { kind: arrivals } : { kind: 'on-off', ...arrivals.on_off };
}
