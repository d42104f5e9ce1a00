import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { FlowStatistics } from '../../models/traffic/flow-statistics.ts';
import { PingFlow } from '../../models/traffic/ping-flow.ts';
import type { IncastFlow } from '../../models/traffic/tcp/incast-flow.ts';
import {
  type ClosedLoop,
  type OpenLoop,
  RequestFlow,
  type RequestPattern,
} from '../../models/traffic/tcp/request-flow.ts';
import { TcpFlow } from '../../models/traffic/tcp/tcp-flow.ts';
import type { TcpStatistics } from '../../models/traffic/tcp/tcp-statistics.ts';
import { TraceFlow } from '../../models/traffic/tcp/trace-flow.ts';
import { UdpFlow, type UdpPattern } from '../../models/traffic/udp-flow.ts';
import type { TcpConnection } from '../../models/transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { IncastPlan, LoadPlan, RequestPlan, TrafficPlan, UdpPlan } from '../plan/traffic.ts';
import { makeArrivals, makeSizes, type StreamOf } from './draw.ts';

/** What sends for one pair of a traffic. */
export interface TrafficSource {
  /** From now on. */
  begin(): void;
  /** Stops for good: its pod is gone. */
  cancel(): void;
  /** The senders' ends of bulk transfers, closed ones too. */
  readonly connections?: readonly TcpConnection[];
}

/** A pair of a traffic as its source sees it. */
export interface SourcePair {
  readonly address: Ipv4Address;
  readonly senderAddress: Ipv4Address;
  /** Its place among the pairs of the traffic. */
  readonly index: number;
  /** Who asks the sender for blocks; null while its pod is not there. */
  incast(traffic: IncastPlan): IncastFlow | null;
  readonly statistics: FlowStatistics;
  readonly tcp: TcpStatistics;
  /** Its own random numbers. */
  streams(namespace: NetworkNamespace): StreamOf;
}

/**
 * @param due when it begins, nanoseconds, not rounded
 * @param pattern of udp traffic
 */
export function makeSource(
  traffic: TrafficPlan,
  pair: SourcePair,
  namespace: NetworkNamespace,
  due: number,
  pattern: UdpPattern | null,
): TrafficSource {
  const { address: to } = pair;
  switch (traffic.kind) {
    case 'ping': {
      const { interval: every, size, stop, count } = traffic;
      return new PingFlow(namespace, pair.statistics, { to, every, size, start: due, stop, count });
    }
    case 'udp':
      return new UdpFlow(namespace, pair.statistics, to, due, pattern!);
    case 'request':
      return new RequestFlow(namespace, pair.tcp, to, requestPattern(traffic, pair.streams(namespace)));
    case 'incast': {
      const receiver = pair.incast(traffic);
      return {
        begin: () => receiver?.join(pair.senderAddress, pair.tcp),
        cancel: () => receiver?.leave(pair.tcp),
      };
    }
    case 'trace': {
      const times = { start: traffic.start, stop: traffic.stop };
      const transfers = traffic.table.transfers[pair.index];
      return new TraceFlow(namespace, pair.tcp, to, transfers, times, traffic.options);
    }
    case 'tcp':
      return new TcpFlow(namespace, pair.tcp, to, traffic);
  }
}

/** A udp traffic of constant pace and size draws nothing: its senders can share one pattern. */
export function sharedPattern(traffic: TrafficPlan): UdpPattern | null {
  if (traffic.kind !== 'udp' || traffic.arrivals.kind !== 'constant' || traffic.size.kind !== 'fixed') {
    return null;
  }
  return makePattern(traffic, () => {
    throw new Error('assertion failed: a shared pattern draws');
  });
}

export function makePattern(traffic: UdpPlan, stream: StreamOf): UdpPattern {
  const { port, stop, count: packets, size, arrivals, interval } = traffic;
  return {
    port,
    stop,
    packets,
    arrivals: makeArrivals(arrivals, interval, stream),
    drawSize: makeSizes(size, 'sizes', stream),
  };
}

function requestPattern(traffic: RequestPlan, stream: StreamOf): RequestPattern {
  const { port, options, load, reuse, timeout, stop, count } = traffic;
  return {
    port,
    options,
    load: load.kind === 'open' ? openLoop(load, stream) : closedLoop(load, stream),
    requestSize: makeSizes(traffic.request, 'requests', stream),
    answerSize: makeSizes(traffic.response, 'responses', stream),
    reuse,
    timeout,
    stop,
    count,
  };
}

function openLoop(load: Extract<LoadPlan, { kind: 'open' }>, stream: StreamOf): OpenLoop {
  const { arrivals, interval, connections } = load;
  return { arrivals: makeArrivals(arrivals, interval, stream), connections };
}

function closedLoop(load: Extract<LoadPlan, { kind: 'closed' }>, stream: StreamOf): ClosedLoop {
  const { users, think, constant } = load;
  if (constant || think === 0) return { users, think: () => think };
  const draws = stream('think');
  return { users, think: () => draws.exponential(think) };
}
