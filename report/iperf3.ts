import { formatIpv4 } from '../models/wire/ipv4-address.ts';
import type {
  IntervalRecorder,
  RecordedStream,
  StreamSample,
} from '../scenarios/builder/interval-recorder.ts';
import type { TcpPlan, UdpPlan } from '../scenarios/plan/traffic.ts';
import { meanSize } from '../scenarios/plan/traffic-sizes.ts';

/** The sockets of iperf3 begin at this descriptor and go up by two. */
const FIRST_SOCKET = 5;
const TCP_BLOCK = 131_072;
/** Processor time is not simulated as iperf3 measures it. */
const NO_PROCESSOR = {
  ...{ host_total: 0, host_user: 0, host_system: 0 },
  ...{ remote_total: 0, remote_user: 0, remote_system: 0 },
};

interface Span {
  /** Nanoseconds from the start of the traffic. */
  start: number;
  end: number;
}

/**
 * A traffic of kind tcp or udp as `iperf3 --json` tells of its test (version 3.12): the same members in the same places.
 * What has no meaning here is left out (cookie) or zero (processor use); times are simulated, from 1970 on.
 */
export function iperf3Report(recorder: IntervalRecorder, version: string): Record<string, unknown> {
  const plan = recorder.traffic.plan as TcpPlan | UdpPlan;
  return new Iperf3Report(recorder, plan, version).whole();
}

class Iperf3Report {
  private readonly spans: Span[];

  constructor(
    private readonly recorder: IntervalRecorder,
    private readonly plan: TcpPlan | UdpPlan,
    private readonly version: string,
  ) {
    const { start } = plan;
    this.spans = recorder.ends.map((end, index) => ({
      start: (recorder.ends[index - 1] ?? start) - start,
      end: end - start,
    }));
  }

  whole(): Record<string, unknown> {
    return { start: this.start(), intervals: this.spans.map((_, i) => this.interval(i)), end: this.end() };
  }

  private get overTcp(): boolean {
    return this.plan.kind === 'tcp';
  }

  private start(): Record<string, unknown> {
    const { plan, recorder } = this;
    const [first] = recorder.streams;
    const bitrate = targetBitrate(plan);
    return {
      connected: recorder.streams.map((stream, index) => ({
        socket: socket(index),
        ...endsOf(stream, plan),
      })),
      version: `podwire ${this.version}`,
      system_info: `simulated Linux, scenario traffic ${plan.name}`,
      timestamp: {
        time: new Date(plan.start / 1e6).toUTCString(),
        timesecs: Math.floor(plan.start / 1e9),
      },
      connecting_to: first && { host: formatIpv4(first.pair.address), port: plan.port },
      ...(this.overTcp && first?.connection ? { tcp_mss_default: first.connection.mss } : {}),
      target_bitrate: bitrate,
      test_start: {
        protocol: this.overTcp ? 'TCP' : 'UDP',
        num_streams: recorder.streams.length,
        blksize: plan.kind === 'tcp' ? TCP_BLOCK : Math.round(meanSize(plan.size)),
        omit: 0,
        duration: plan.kind === 'tcp' && Number.isFinite(plan.bytes) ? 0 : (plan.stop - plan.start) / 1e9,
        bytes: plan.kind === 'tcp' && Number.isFinite(plan.bytes) ? plan.bytes : 0,
        blocks: 0,
        reverse: 0,
        tos: 0,
        target_bitrate: bitrate,
      },
    };
  }

  private interval(index: number): Record<string, unknown> {
    const span = this.spans[index];
    const streams = this.recorder.streams.map(({ samples }, place) => ({
      socket: socket(place),
      ...this.sent(samples[index], samples[index - 1], span),
      ...(this.overTcp ? connectionFigures(samples[index]) : {}),
      omitted: false,
      sender: true,
    }));
    const total = totalOf(this.recorder.streams.map(({ samples }) => samples[index]));
    const before = totalOf(this.recorder.streams.flatMap(({ samples }) => samples[index - 1] ?? []));
    return { streams, sum: { ...this.sent(total, before, span), omitted: false, sender: true } };
  }

  /** What was sent from one sample to the next. */
  private sent(now: StreamSample, before: StreamSample | undefined, span: Span): Record<string, unknown> {
    const grown = (of: (sample: StreamSample) => number) => of(now) - (before === undefined ? 0 : of(before));
    return {
      ...amount(
        grown(({ sentBytes }) => sentBytes),
        span,
      ),
      ...(this.overTcp
        ? { retransmits: grown(({ retransmits }) => retransmits) }
        : { packets: grown(({ sentPackets }) => sentPackets) }),
    };
  }

  private end(): Record<string, unknown> {
    const whole = { start: 0, end: this.spans.at(-1)?.end ?? 0 };
    const total = totalOf(this.recorder.streams.flatMap(({ samples }) => samples.at(-1) ?? []));
    return {
      streams: this.recorder.streams.map((stream, index) => this.streamAtEnd(stream, index, whole)),
      ...(this.overTcp ? this.tcpSums(total, whole) : this.udpSums(total, whole)),
      cpu_utilization_percent: NO_PROCESSOR,
      ...(this.overTcp ? this.congestionControls() : {}),
    };
  }

  private streamAtEnd(stream: RecordedStream, index: number, whole: Span): Record<string, unknown> {
    if (this.overTcp) {
      const receiver = {
        socket: socket(index),
        ...amount(stream.samples.at(-1)!.receivedBytes, whole),
        sender: true,
      };
      return { sender: this.sender(stream, index, whole), receiver };
    }
    const last = stream.samples.at(-1)!;
    const datagrams = this.datagrams(last, whole);
    return { udp: { socket: socket(index), ...datagrams, out_of_order: last.reordered, sender: true } };
  }

  private sender({ samples }: RecordedStream, index: number, whole: Span): Record<string, unknown> {
    const measured = samples.map(({ roundTripTime }) => roundTripTime / 1000).filter((time) => time > 0);
    const mean = measured.reduce((sum, time) => sum + time, 0) / Math.max(measured.length, 1);
    return {
      socket: socket(index),
      ...this.sent(samples.at(-1)!, undefined, whole),
      max_snd_cwnd: Math.max(...samples.map(({ congestionWindow }) => congestionWindow)),
      max_snd_wnd: Math.max(...samples.map(({ sendWindow }) => sendWindow)),
      max_rtt: Math.max(0, ...measured),
      min_rtt: measured.length === 0 ? 0 : Math.min(...measured),
      mean_rtt: Math.round(mean),
      sender: true,
    };
  }

  private tcpSums(total: StreamSample, whole: Span): Record<string, unknown> {
    return {
      sum_sent: { ...this.sent(total, undefined, whole), sender: true },
      sum_received: { ...amount(total.receivedBytes, whole), sender: true },
    };
  }

  private udpSums(total: StreamSample, whole: Span): Record<string, unknown> {
    const datagrams = this.datagrams(total, whole);
    const sent = { ...datagrams, jitter_ms: 0, lost_packets: 0, lost_percent: 0 };
    return {
      sum: { ...datagrams, sender: true },
      sum_sent: { ...sent, sender: true },
      sum_received: { ...datagrams, ...amount(total.receivedBytes, whole), sender: false },
    };
  }

  private datagrams(sample: StreamSample, whole: Span): Record<string, unknown> {
    const { sentBytes, sentPackets, lostPackets, jitter } = sample;
    return {
      ...amount(sentBytes, whole),
      jitter_ms: jitter / 1e6,
      lost_packets: lostPackets,
      packets: sentPackets,
      lost_percent: sentPackets === 0 ? 0 : (lostPackets / sentPackets) * 100,
    };
  }

  private congestionControls(): Record<string, unknown> {
    const name = this.recorder.streams[0]?.connection?.congestionControl.name;
    return name === undefined ? {} : { sender_tcp_congestion: name, receiver_tcp_congestion: name };
  }
}

function socket(index: number): number {
  return FIRST_SOCKET + 2 * index;
}

function endsOf({ pair, connection }: RecordedStream, { port }: { port: number }): Record<string, unknown> {
  return {
    local_host: formatIpv4(connection?.localAddress ?? pair.senderAddress),
    local_port: connection?.localPort ?? 0,
    remote_host: formatIpv4(pair.address),
    remote_port: port,
  };
}

/** Bit/s that the traffic wants to send; 0 for as much as goes. */
function targetBitrate(plan: TcpPlan | UdpPlan): number {
  return plan.kind === 'tcp' ? 0 : Math.round((meanSize(plan.size) * 8e9) / plan.interval);
}

function amount(bytes: number, { start, end }: Span): Record<string, number> {
  const seconds = (end - start) / 1e9;
  return {
    start: start / 1e9,
    end: end / 1e9,
    seconds,
    bytes,
    bits_per_second: seconds > 0 ? (bytes * 8) / seconds : 0,
  };
}

function connectionFigures(sample: StreamSample): Record<string, number> {
  return {
    snd_cwnd: sample.congestionWindow,
    snd_wnd: sample.sendWindow,
    rtt: sample.roundTripTime / 1000,
    rttvar: sample.roundTripVariation / 1000,
    pmtu: sample.pathMtu,
  };
}

/** Sums; of the jitter the mean, as iperf3 has it. */
function totalOf(samples: readonly StreamSample[]): StreamSample {
  const sum = (of: (sample: StreamSample) => number) => samples.reduce((total, one) => total + of(one), 0);
  return {
    sentBytes: sum(({ sentBytes }) => sentBytes),
    receivedBytes: sum(({ receivedBytes }) => receivedBytes),
    retransmits: sum(({ retransmits }) => retransmits),
    sentPackets: sum(({ sentPackets }) => sentPackets),
    receivedPackets: sum(({ receivedPackets }) => receivedPackets),
    lostPackets: sum(({ lostPackets }) => lostPackets),
    reordered: sum(({ reordered }) => reordered),
    jitter: sum(({ jitter }) => jitter) / Math.max(samples.length, 1),
    congestionWindow: 0,
    sendWindow: 0,
    roundTripTime: 0,
    roundTripVariation: 0,
    pathMtu: 0,
  };
}
