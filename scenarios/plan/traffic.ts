import { MESSAGE_HEADER_LENGTH } from '../../models/traffic/tcp/message.ts';
import type { TcpOptions } from '../../models/transport/tcp/tcp-connection.ts';
import { sizesKey, type TraceTable } from '../input/inputs.ts';
import type { Scenario } from '../schema/scenario.ts';
import { MESSAGE_MAX } from '../schema/traffic-tcp.ts';
import { type EndpointSet, matchEndpoints } from '../topology/endpoints.ts';
import { countPairs, type Pattern } from '../topology/pairs.ts';
import type { Topology } from '../topology/topology.ts';
import { meanSize, planSize, type SizePlan, type SizesOf } from './traffic-sizes.ts';

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
}

/** Of traffic that sends one packet after the other. */
interface PacedPlan extends CommonPlan {
  /** Mean time between packets of a pair in nanoseconds, not always whole; while on, with on-off arrivals. */
  interval: number;
  /** Packets that each pair sends at most. */
  count: number;
}

export interface PingPlan extends PacedPlan {
  kind: 'ping';
  /** Data bytes. */
  size: number;
}

export interface UdpPlan extends PacedPlan {
  kind: 'udp';
  arrivals: ArrivalPlan;
  size: SizePlan;
  port: number;
  /** Whether the receiver opens the port for this traffic. */
  openPort: boolean;
}

/** What all traffic over TCP has: the port of the receiver and the options of the sockets. */
export interface SocketsPlan {
  port: number;
  /** Whether the receiver listens on the port for this traffic. */
  openPort: boolean;
  /** Of both ends. */
  options: TcpOptions;
}

export interface TcpPlan extends CommonPlan, SocketsPlan {
  kind: 'tcp';
  /** That each pair transfers; Infinity for as much as goes until `stop`. */
  bytes: number;
  parallel: number;
}

/** When requests are sent: whenever they come, or by users who wait for answers. */
export type LoadPlan =
  | {
      kind: 'open';
      arrivals: ArrivalPlan;
      /** Mean time between requests of a pair, nanoseconds. */
      interval: number;
      /** Connections of a pair at the same time. */
      connections: number;
    }
  | {
      kind: 'closed';
      users: number;
      /** Nanoseconds; the mean of an exponential time unless `constant`. */
      think: number;
      constant: boolean;
    };

export interface RequestPlan extends CommonPlan, SocketsPlan {
  kind: 'request';
  load: LoadPlan;
  request: SizePlan;
  response: SizePlan;
  reuse: boolean;
  /** Nanoseconds; Infinity for never. */
  timeout: number;
  /** Requests of each pair at most. */
  count: number;
}

export interface IncastPlan extends CommonPlan, SocketsPlan {
  kind: 'incast';
  /** Bytes that each sender sends in a round. */
  block: number;
  rounds: number;
  /** Nanoseconds between rounds. */
  pause: number;
}

/** Its pairs are those of the table. */
export interface TracePlan extends CommonPlan, SocketsPlan {
  kind: 'trace';
  table: TraceTable;
}

export type TrafficPlan = PingPlan | UdpPlan | TcpPlan | RequestPlan | IncastPlan | TracePlan;
export type StreamPlan = Exclude<TrafficPlan, PingPlan | UdpPlan>;

/** Whether the traffic is one over TCP. */
export function isOverTcp(traffic: TrafficPlan): traffic is StreamPlan {
  return traffic.kind !== 'ping' && traffic.kind !== 'udp';
}

type TrafficSection = Scenario['traffic'][string];
type UdpSection = Extract<TrafficSection, { kind: 'udp' }>;
type RequestSection = Extract<TrafficSection, { kind: 'request' }>;
type TraceSection = Extract<TrafficSection, { kind: 'trace' }>;
type StreamSection = Extract<TrafficSection, { mss?: number }>;

/** The largest UDP payload of IPv4. */
const maxPayload = 65507;

export function planTraffic(scenario: Scenario, topology: Topology): TrafficPlan[] {
  return Object.entries(scenario.traffic).map(([name, section]) => {
    const times = {
      name,
      start: section.start,
      stop: Math.min(section.stop ?? scenario.stop, scenario.stop),
    };
    if (section.kind === 'trace') return planTrace(section, times, topology);
    const from = endpoints(section.from, topology);
    const to = endpoints(section.to, topology);
    const { pattern } = section;
    const common = { ...times, from, to, pattern, pairCount: countPairs(pattern, from, to) };
    return planKind(section, common, topology);
  });
}

function planTrace(
  section: TraceSection,
  times: Pick<CommonPlan, 'name' | 'start' | 'stop'>,
  { inputs }: Topology,
): TracePlan {
  const nobody = { endpoints: new Uint32Array(), addresses: [] };
  const table = inputs.traces.get(times.name)!;
  const pairs = { from: nobody, to: nobody, pattern: 'one-to-one' as const, pairCount: table.pairs.length };
  return { kind: 'trace', ...times, ...pairs, ...planSockets(section), table };
}

function planKind(
  section: Exclude<TrafficSection, TraceSection>,
  common: CommonPlan,
  topology: Topology,
): TrafficPlan {
  switch (section.kind) {
    case 'ping': {
      const count = section.count ?? Number.POSITIVE_INFINITY;
      return { kind: 'ping', ...common, interval: section.every, count, size: section.size };
    }
    case 'udp':
      return planUdp(section, common);
    case 'tcp': {
      const { bytes = Number.POSITIVE_INFINITY, parallel } = section;
      return { kind: 'tcp', ...common, ...planSockets(section), bytes, parallel };
    }
    case 'request':
      return planRequest(section, common, topology);
    case 'incast': {
      const { block, rounds = Number.POSITIVE_INFINITY, pause } = section;
      return { kind: 'incast', ...common, ...planSockets(section), block, rounds, pause };
    }
  }
}

function planUdp(section: UdpSection, common: CommonPlan): UdpPlan {
  const size = planSize(section.size, 1, maxPayload, noFiles);
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
}

/** Datagrams have no sizes out of files. */
function noFiles(): never {
  throw new Error('assertion failed: sizes of datagrams in a file');
}

function planRequest(section: RequestSection, common: CommonPlan, { inputs }: Topology): RequestPlan {
  const sizesOf: SizesOf = (file, column) => inputs.sizes.get(sizesKey(file, column))!;
  const size = (text: RequestSection['request']) =>
    planSize(text, MESSAGE_HEADER_LENGTH, MESSAGE_MAX, sizesOf);
  return {
    kind: 'request',
    ...common,
    ...planSockets(section),
    load: planLoad(section),
    request: size(section.request),
    response: size(section.response),
    reuse: section.connections === 'reuse',
    timeout: section.timeout ?? Number.POSITIVE_INFINITY,
    count: section.requests ?? Number.POSITIVE_INFINITY,
  };
}

function planLoad(section: RequestSection): LoadPlan {
  const { users, think, rate, every, arrivals, max_connections: connections } = section;
  if (users !== undefined) {
    const constant = typeof think === 'object';
    return { kind: 'closed', users, think: constant ? think.constant : think, constant };
  }
  const interval = rate === undefined ? every! : 1e9 / rate;
  return { kind: 'open', arrivals: { kind: arrivals }, interval, connections };
}

function planSockets(section: StreamSection): SocketsPlan {
  return {
    port: section.port,
    openPort: section.open_port,
    options: {
      congestionControl: section.congestion_control,
      maximumSegmentSize: section.mss,
      noDelay: section.no_delay,
      sendBuffer: section.send_buffer,
      receiveBuffer: section.receive_buffer,
    },
  };
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

function planArrivals(arrivals: UdpSection['arrivals']): ArrivalPlan {
  return typeof arrivals === 'string' ? { kind: arrivals } : { kind: 'on-off', ...arrivals.on_off };
}
