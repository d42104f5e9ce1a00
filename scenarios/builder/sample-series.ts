import { Actor } from '../../engine/actor.ts';
import type { CableDirection } from '../../models/link/cable.ts';
import type { TcpConnection } from '../../models/transport/tcp/tcp-connection.ts';
import { TcpState } from '../../models/transport/tcp/tcp-state.ts';
import type { BuiltNetwork } from './build-network.ts';
import type { BuiltTraffic } from './build-traffic.ts';

export type CableSeriesKind = 'link.utilisation' | 'link.throughput' | 'queue.depth';
export type FlowSeriesKind = 'flow.throughput' | 'flow.latency' | ConnectionSeriesKind;
export type ConnectionSeriesKind = 'tcp.cwnd' | 'tcp.rtt';
export type SeriesKind = CableSeriesKind | FlowSeriesKind;

/** One figure over time, of one direction of a cable or of one traffic. */
export interface Series {
  of: SeriesKind;
  /** The direction of the cable: `node1:eth0 > lan:p-node1`. */
  link?: string;
  /** The traffic. */
  flow?: string;
  /** Simulated nanoseconds of each sample. */
  times: number[];
  /** Null where there was nothing to measure: the delay of no packet. */
  values: (number | null)[];
}

export interface SamplerOptions {
  /** Nanoseconds between samples. */
  every: number;
  of: readonly SeriesKind[];
  /** Nanoseconds; packets sent before count in no figure of a traffic. */
  warmup: number;
}

/** Samples every cable and every traffic at a fixed pace. */
export class SeriesSampler extends Actor {
  readonly series: Series[] = [];
  private readonly every: number;
  private readonly samplers: (() => void)[] = [];

  constructor(
    built: BuiltNetwork,
    traffic: readonly BuiltTraffic[],
    { every, of: kinds, warmup }: SamplerOptions,
  ) {
    super(built.network.simulation);
    this.every = every;
    for (const cable of built.cables) {
      for (const direction of [cable.forward, cable.backward]) {
        const link = `${direction.from.fullName} > ${direction.to.fullName}`;
        for (const of of kinds.filter(isOfCables)) this.add({ of, link }, readCable(direction, of, every));
      }
    }
    for (const one of traffic) {
      const flow = one.plan.name;
      for (const of of kinds.filter(isOfFlows)) {
        if (!isOfConnections(of)) this.add({ of, flow }, this.afterWarmup(readFlow(one, of, every), warmup));
        else if (one.plan.kind === 'tcp') this.add({ of, flow }, readConnections(one, of));
      }
    }
    this.simulation.schedule(this, every, 0, 0);
  }

  override handle(): void {
    for (const sample of this.samplers) sample();
    this.simulation.schedule(this, this.simulation.now + this.every, 0, 0);
  }

  private afterWarmup(read: () => number | null, warmup: number): () => number | null {
    return () => {
      const value = read();
      return this.simulation.now > warmup ? value : null;
    };
  }

  private add(what: Pick<Series, 'of' | 'link' | 'flow'>, read: () => number | null): void {
    const series: Series = { ...what, times: [], values: [] };
    this.series.push(series);
    this.samplers.push(() => {
      series.times.push(this.simulation.now);
      series.values.push(read());
    });
  }
}

function isOfFlows(kind: SeriesKind): kind is FlowSeriesKind {
  return kind.startsWith('flow.') || isOfConnections(kind);
}

function isOfConnections(kind: SeriesKind): kind is ConnectionSeriesKind {
  return kind.startsWith('tcp.');
}

function isOfCables(kind: SeriesKind): kind is CableSeriesKind {
  return !isOfFlows(kind);
}

/** Reads a figure: of the time since the last reading for rates, of now for depths. */
function readCable(direction: CableDirection, of: CableSeriesKind, every: number): () => number {
  const { statistics } = direction;
  // what waits for the wire waits at the cable, or in the discipline of the interface
  if (of === 'queue.depth') return () => direction.queued + (direction.from.qdisc?.root.backlogPackets ?? 0);
  const total = of === 'link.utilisation' ? () => statistics.busy : () => statistics.bytes;
  const scale = of === 'link.utilisation' ? 1 / every : 8e9 / every;
  return growth(total, scale);
}

/** The mean over the connections that are open: congestion window in bytes, smoothed round-trip time in nanoseconds. */
function readConnections({ pairs }: BuiltTraffic, of: ConnectionSeriesKind): () => number | null {
  const read: (connection: TcpConnection) => number =
    of === 'tcp.cwnd'
      ? ({ congestionWindow, mss }) => congestionWindow * mss
      : ({ rtt }) => (rtt.smoothed / 8) * 1000;
  return () => {
    const open = pairs.flatMap(({ source }) => source?.connections?.filter(isSending) ?? []);
    return open.length === 0 ? null : open.reduce((sum, one) => sum + read(one), 0) / open.length;
  };
}

/** What it was given to send may not have arrived. */
function isSending({ state }: TcpConnection): boolean {
  return state === TcpState.established || state === TcpState.finWait1;
}

/** What arrived since the last reading: payload bit/s, or the mean delay in nanoseconds of the packets. */
function readFlow(
  { pairs }: BuiltTraffic,
  of: Exclude<FlowSeriesKind, ConnectionSeriesKind>,
  every: number,
): () => number | null {
  const sum = (pick: (pair: BuiltTraffic['pairs'][number]) => number) => () =>
    pairs.reduce((total, pair) => total + pick(pair), 0);
  if (of === 'flow.throughput')
    return growth(
      sum(({ arrivedBytes }) => arrivedBytes),
      8e9 / every,
    );
  const delay = growth(
    sum(({ statistics }) => statistics.latency.sum),
    1,
  );
  const packets = growth(
    sum(({ statistics }) => statistics.latency.count),
    1,
  );
  return () => {
    const [time, count] = [delay(), packets()];
    return count === 0 ? null : time / count;
  };
}

/** By how much a total has grown since the last reading. */
function growth(total: () => number, scale: number): () => number {
  let before = 0;
  return () => {
    const now = total();
    const value = (now - before) * scale;
    before = now;
    return value;
  };
}
