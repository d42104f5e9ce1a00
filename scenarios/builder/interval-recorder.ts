import { Actor } from '../../engine/actor.ts';
import type { TcpConnection } from '../../models/transport/tcp/tcp-connection.ts';
import type { BuiltTraffic } from './build-traffic.ts';
import type { BuiltPair } from './built-pair.ts';

/** What one stream (a connection, or the datagrams of a pair) has done by a certain time. */
export interface StreamTotals {
  /** Payload that was sent, each byte once. */
  sentBytes: number;
  receivedBytes: number;
  /** Of TCP: segments sent again. */
  retransmits: number;
  /** Datagrams. */
  sentPackets: number;
  receivedPackets: number;
  lostPackets: number;
  reordered: number;
  /** Nanoseconds. */
  jitter: number;
}

/** A look at a stream at the end of an interval; what only TCP has is 0 without it. */
export interface StreamSample extends StreamTotals {
  /** Congestion window and what the receiver allows, bytes. */
  congestionWindow: number;
  sendWindow: number;
  /** Smoothed, and its variation, nanoseconds. */
  roundTripTime: number;
  roundTripVariation: number;
  pathMtu: number;
}

/** A stream with a sample for each interval. */
export interface RecordedStream {
  pair: BuiltPair;
  /** Null for one of datagrams. */
  connection: TcpConnection | null;
  samples: StreamSample[];
}

/** Looks at the streams of one traffic at the end of every interval, as iperf3 does; it changes nothing in the run. */
export class IntervalRecorder extends Actor {
  readonly traffic: BuiltTraffic;
  readonly streams: RecordedStream[] = [];
  /** When intervals ended, nanoseconds. */
  readonly ends: number[] = [];
  private readonly every: number;

  /** @param every nanoseconds */
  constructor(traffic: BuiltTraffic, every: number) {
    super(traffic.starter.simulation);
    this.traffic = traffic;
    this.every = every;
    this.simulation.schedule(this, traffic.plan.start + every, 0, 0);
  }

  override handle(): void {
    const { now } = this.simulation;
    const { stop } = this.traffic.plan;
    this.sample(Math.min(now, this.completedAt));
    if (now < Math.min(stop, this.completedAt)) {
      this.simulation.schedule(this, Math.min(now + this.every, stop), 0, 0);
    }
  }

  /** Takes what has happened since the last whole interval for one of its own. */
  finish(): void {
    const end = Math.min(this.simulation.now, this.traffic.plan.stop, this.completedAt);
    if (end > (this.ends.at(-1) ?? this.traffic.plan.start)) this.sample(end);
  }

  /** When all that was to be sent had arrived, nanoseconds; Infinity while it has not. */
  private get completedAt(): number {
    const { pairs } = this.traffic;
    const complete = pairs.length > 0 && pairs.every(({ tcpIfMade }) => tcpIfMade?.isComplete);
    if (!complete) return Number.POSITIVE_INFINITY;
    return pairs.reduce((last, { tcpIfMade }) => Math.max(last, tcpIfMade!.lastRead), 0);
  }

  private sample(end: number): void {
    this.findStreams();
    this.ends.push(end);
    for (const { pair, connection, samples } of this.streams) {
      samples.push(connection === null ? ofDatagrams(pair) : ofConnection(connection));
    }
  }

  /** Pairs have no streams before they begin. */
  private findStreams(): void {
    for (const pair of this.traffic.pairs) {
      const { source } = pair;
      if (source === null || this.streams.some((stream) => stream.pair === pair)) continue;
      const before = this.ends.map(() => NOTHING);
      if (source.connections === undefined) this.streams.push({ pair, connection: null, samples: before });
      for (const connection of source.connections ?? [])
        this.streams.push({ pair, connection, samples: [...before] });
    }
  }
}

const NOTHING: StreamSample = {
  ...{ sentBytes: 0, receivedBytes: 0, retransmits: 0, sentPackets: 0, receivedPackets: 0, lostPackets: 0 },
  ...{ reordered: 0, jitter: 0, congestionWindow: 0, sendWindow: 0 },
  ...{ roundTripTime: 0, roundTripVariation: 0, pathMtu: 0 },
};

function ofConnection(connection: TcpConnection): StreamSample {
  const { counters, rtt, mss, congestionWindow, sendWindow, pathMtu } = connection;
  const sentBytes = counters.bytesSent - counters.bytesRetransmitted;
  return {
    ...NOTHING,
    sentBytes,
    // the FIN is acknowledged like a byte
    receivedBytes: Math.min(counters.bytesAcked, sentBytes),
    retransmits: connection.totalRetransmissions,
    congestionWindow: congestionWindow * mss,
    sendWindow,
    roundTripTime: (rtt.smoothed >> 3) * 1000,
    roundTripVariation: Math.floor(rtt.meanDeviation) * 1000,
    pathMtu,
  };
}

function ofDatagrams({ statistics }: BuiltPair): StreamSample {
  const { sentBytes, receivedBytes, sentPackets, receivedPackets, lostPackets, reordered } = statistics;
  const jitter = statistics.hasJitter ? statistics.jitter : 0;
  return {
    ...NOTHING,
    ...{ sentBytes, receivedBytes, sentPackets, receivedPackets, lostPackets, reordered, jitter },
  };
}
