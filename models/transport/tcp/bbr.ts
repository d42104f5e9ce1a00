import { JIFFY } from '../../netns/time/jiffies.ts';
import { AggregationFilter } from './bbr-aggregation.ts';
import { PolicerDetector } from './bbr-policer.ts';
import { type CongestionControl, CongestionState } from './congestion-control.ts';
import type { RateSample } from './rate-sample.ts';
import { INITIAL_WINDOW, type TcpConnection } from './tcp-connection.ts';
import { WindowedMaximum } from './windowed-extreme.ts';

/** Gains, as the kernel has them: in 256ths. */
const UNIT = 256;
const HIGH_GAIN = (Math.floor((UNIT * 2885) / 1000) + 1) / UNIT;
const DRAIN_GAIN = Math.floor((UNIT * 1000) / 2885) / UNIT;
const WINDOW_GAIN = 2;
/** One round trip faster, one slower, six at the rate estimated. */
const CYCLE: readonly number[] = [1.25, 0.75, 1, 1, 1, 1, 1, 1];
/** Rounds for which a measured bandwidth counts. */
const BANDWIDTH_ROUNDS = CYCLE.length + 2;
/** Phases of the cycle that it may begin with. */
const FIRST_PHASES = 7;
/** Seconds after which the shortest round trip is measured anew, and for how long; jiffies. */
const MINIMUM_WINDOW = 10e9 / JIFFY;
const PROBE_TIME = 200e6 / JIFFY;
const WINDOW_MIN = 4;
/** The pipe is full when the bandwidth has not grown by a quarter in three rounds. */
const GROWTH = 1.25;
const ROUNDS_WITHOUT_GROWTH = 3;
/** The rate stays a little below the bandwidth, so that no queue builds up. */
const PACING_MARGIN = 0.99;
/** Bytes per second below which single segments are sent. */
const BURST_RATE_MIN = 1_200_000 / 8;
const BURST_BYTES = 65_536 - 1 - 320;
const BURST_SEGMENTS_MAX = 127;

const Mode = { startup: 0, drain: 1, probeBandwidth: 2, probeRoundTrip: 3 } as const;
type Mode = (typeof Mode)[keyof typeof Mode];

/**
 * BBR, version 1 (Cardwell et al. 2016; Linux net/ipv4/tcp_bbr.c): estimates the bandwidth and the shortest round trip
 * of the path, paces at the one and keeps the product of both in flight. Loss alone does not slow it down.
 */
export class Bbr implements CongestionControl {
  readonly name = 'bbr';
  readonly sendBufferWindows = 3;
  private mode: Mode = Mode.startup;
  /** Segments per microsecond, the largest of the last rounds. */
  private readonly bandwidths = new WindowedMaximum(BANDWIDTH_ROUNDS);
  private readonly policer = new PolicerDetector();
  private readonly aggregation = new AggregationFilter();
  private rounds = 0;
  private nextRound = 0;
  private roundStarts = false;
  /** Microseconds; infinity before the first. Jiffies, when it was measured. */
  private shortest = Number.POSITIVE_INFINITY;
  private shortestAt = 0;
  /** Jiffies, when the probing of the round trip may end; 0 while in-flight has not come down. */
  private probeDoneAt = 0;
  private probeRoundDone = false;
  private pacingGain = HIGH_GAIN;
  private windowGain = HIGH_GAIN;
  private phase = 0;
  /** Microseconds. */
  private phaseAt = 0;
  private priorState: CongestionState = CongestionState.open;
  private priorWindow = 0;
  private conserving = false;
  private restartsIdle = false;
  private hasRoundTrip = false;
  private pipeFull = false;
  private fullBandwidth = 0;
  private fullRounds = 0;
  private cycles = 0;

  established(connection: TcpConnection): void {
    connection.slowStartThreshold = Number.POSITIVE_INFINITY;
    connection.isPaced = true;
    this.shortest = connection.rtt.minimum;
    this.shortestAt = jiffies(connection);
    this.policer.reset(connection);
    this.aggregation.startEpoch(connection.now);
    this.paceByRoundTrip(connection);
  }

  controlRate(connection: TcpConnection, sample: RateSample): void {
    this.updateBandwidth(connection, sample);
    this.aggregation.update(connection, sample, this.roundStarts, this.bandwidth);
    if (this.mode === Mode.probeBandwidth && this.isPhaseOver(connection, sample)) this.nextPhase(connection);
    this.checkPipe(sample);
    this.checkDrain(connection);
    this.updateRoundTrip(connection, sample);
    this.updateGains();
    this.setRate(connection, this.pacingGain);
    this.setWindow(connection, sample);
  }

  thresholdAfterLoss(connection: TcpConnection): number {
    this.saveWindow(connection);
    return connection.slowStartThreshold;
  }

  avoidCongestion(): void {
    // everything is in `controlRate`
  }

  windowAfterUndo(connection: TcpConnection): number {
    this.fullBandwidth = 0;
    this.fullRounds = 0;
    this.policer.reset(connection);
    return connection.congestionWindow;
  }

  stateChanged(connection: TcpConnection, state: CongestionState): void {
    if (state !== CongestionState.loss) return;
    this.priorState = state;
    this.fullBandwidth = 0;
    // a time-out is like the end of a round
    this.roundStarts = true;
    this.policer.lossAtTimeout(connection);
  }

  sendingStarts(connection: TcpConnection): void {
    if (connection.rate.appLimitedUntil === 0) return;
    this.restartsIdle = true;
    this.aggregation.startEpoch(connection.now);
    if (this.mode === Mode.probeBandwidth) this.setRate(connection, 1);
    else if (this.mode === Mode.probeRoundTrip) this.endProbe(connection);
  }

  burstSegments({ pacingRate }: TcpConnection): number {
    return pacingRate < BURST_RATE_MIN ? 1 : 2;
  }

  describe(connection: TcpConnection): string[] {
    const rate = Math.floor(this.bandwidth * connection.mss * 1e6) * 8;
    const shortest = Number.isFinite(this.shortest) ? `,mrtt:${this.shortest / 1000}` : '';
    const [pacing, window] = [this.pacingGain, this.windowGain].map((gain) => Number(gain.toPrecision(6)));
    return [`bbr:(bw:${rate}bps${shortest},pacing_gain:${pacing},cwnd_gain:${window})`];
  }

  /** Segments per microsecond. */
  private get bandwidth(): number {
    return this.policer.isActive ? this.policer.bandwidth : this.bandwidths.value;
  }

  private updateBandwidth(connection: TcpConnection, sample: RateSample): void {
    this.roundStarts = false;
    if (sample.delivered < 0 || sample.interval <= 0) return;
    if (sample.priorDelivered >= this.nextRound) {
      this.nextRound = connection.delivered;
      this.rounds++;
      this.roundStarts = true;
      this.conserving = false;
    }
    const probing = this.mode === Mode.probeBandwidth;
    if (this.policer.update(connection, sample, this.roundStarts, probing)) this.startCycle(connection);
    const measured = sample.delivered / sample.interval;
    if (!sample.appLimited || measured >= this.bandwidths.value) this.bandwidths.add(measured, this.rounds);
  }

  // --- cycling round the bandwidth

  private isPhaseOver(connection: TcpConnection, sample: RateSample): boolean {
    const isLongEnough = connection.rate.deliveredAt - this.phaseAt > this.shortest;
    if (this.pacingGain === 1) return isLongEnough;
    const inNetwork = this.inNetworkThen(connection, sample.priorInFlight);
    const { value: bandwidth } = this.bandwidths;
    if (this.pacingGain > 1) {
      const reached = inNetwork >= this.inFlightFor(connection, bandwidth, this.pacingGain);
      return isLongEnough && (sample.losses > 0 || reached);
    }
    return isLongEnough || inNetwork <= this.inFlightFor(connection, bandwidth, 1);
  }

  private nextPhase(connection: TcpConnection): void {
    this.phase = (this.phase + 1) % CYCLE.length;
    this.phaseAt = connection.rate.deliveredAt;
  }

  /** Begins with any phase but the slow one, so that flows do not probe together. */
  private startCycle(connection: TcpConnection): void {
    const { namespace, localPort, remoteAddress, remotePort } = connection;
    const owner = `${namespace.name} ${localPort} ${remoteAddress} ${remotePort} ${this.cycles++}`;
    const draw = Math.floor(namespace.network.random.single('bbr_cycle', owner) * FIRST_PHASES);
    this.mode = Mode.probeBandwidth;
    this.phase = CYCLE.length - 1 - draw;
    this.nextPhase(connection);
  }

  // --- when the pipe is full

  private checkPipe({ appLimited }: RateSample): void {
    if (this.pipeFull || !this.roundStarts || appLimited) return;
    const { value: bandwidth } = this.bandwidths;
    if (bandwidth >= this.fullBandwidth * GROWTH) {
      this.fullBandwidth = bandwidth;
      this.fullRounds = 0;
      return;
    }
    this.fullRounds++;
    this.pipeFull = this.fullRounds >= ROUNDS_WITHOUT_GROWTH;
  }

  private checkDrain(connection: TcpConnection): void {
    const target = () => this.inFlightFor(connection, this.bandwidths.value, 1);
    if (this.mode === Mode.startup && this.pipeFull) {
      this.mode = Mode.drain;
      connection.slowStartThreshold = target();
    }
    if (this.mode !== Mode.drain) return;
    if (this.inNetworkThen(connection, connection.inFlight) <= target()) this.startCycle(connection);
  }

  // --- the shortest round trip

  private updateRoundTrip(connection: TcpConnection, sample: RateSample): void {
    const now = jiffies(connection);
    const { roundTripTime } = sample;
    const expired = now > this.shortestAt + MINIMUM_WINDOW;
    if (roundTripTime >= 0) {
      const measured = Math.max(roundTripTime, 1);
      if (measured < this.shortest || (expired && !sample.maybeDelayed)) {
        this.shortest = measured;
        this.shortestAt = now;
      }
    }
    if (expired && !this.restartsIdle && this.mode !== Mode.probeRoundTrip) {
      this.saveWindow(connection);
      this.mode = Mode.probeRoundTrip;
      this.probeDoneAt = 0;
    }
    if (this.mode === Mode.probeRoundTrip) this.probeRoundTrip(connection, now);
    if (sample.delivered > 0) this.restartsIdle = false;
  }

  /** Few segments are in flight for 0.2 s and a round trip. */
  private probeRoundTrip(connection: TcpConnection, now: number): void {
    // samples of this time say nothing of the bandwidth
    connection.rate.appLimitedUntil = Math.max(connection.delivered + connection.inFlight, 1);
    if (this.probeDoneAt === 0) {
      if (connection.inFlight > WINDOW_MIN) return;
      this.probeDoneAt = now + PROBE_TIME;
      this.probeRoundDone = false;
      this.nextRound = connection.delivered;
      return;
    }
    if (this.roundStarts) this.probeRoundDone = true;
    if (this.probeRoundDone) this.endProbe(connection);
  }

  private endProbe(connection: TcpConnection): void {
    const now = jiffies(connection);
    if (this.probeDoneAt === 0 || now <= this.probeDoneAt) return;
    this.shortestAt = now;
    connection.congestionWindow = Math.max(connection.congestionWindow, this.priorWindow);
    if (this.pipeFull) this.startCycle(connection);
    else this.mode = Mode.startup;
  }

  // --- rate and window

  private updateGains(): void {
    switch (this.mode) {
      case Mode.startup:
        this.pacingGain = HIGH_GAIN;
        this.windowGain = HIGH_GAIN;
        break;
      case Mode.drain:
        this.pacingGain = DRAIN_GAIN;
        this.windowGain = HIGH_GAIN;
        break;
      case Mode.probeBandwidth:
        this.pacingGain = this.policer.isActive ? 1 : CYCLE[this.phase];
        this.windowGain = WINDOW_GAIN;
        break;
      default:
        this.pacingGain = 1;
        this.windowGain = 1;
    }
  }

  private setRate(connection: TcpConnection, gain: number): void {
    const rate = rateOf(connection, this.bandwidth * gain);
    if (!this.hasRoundTrip && connection.rtt.smoothed > 0) this.paceByRoundTrip(connection);
    if (this.pipeFull || rate > connection.pacingRate) connection.pacingRate = rate;
  }

  /** Before anything was delivered: a window in a round trip, times the gain of startup. */
  private paceByRoundTrip(connection: TcpConnection): void {
    const { rtt, congestionWindow } = connection;
    this.hasRoundTrip = rtt.smoothed > 0;
    const roundTrip = this.hasRoundTrip ? Math.max(rtt.smoothed >> 3, 1) : 1000;
    connection.pacingRate = rateOf(connection, (congestionWindow / roundTrip) * HIGH_GAIN);
  }

  private setWindow(connection: TcpConnection, sample: RateSample): void {
    const { newlyDelivered: acked } = sample;
    if (acked > 0 && !this.recoverOrRestore(connection, sample)) {
      let window = connection.congestionWindow;
      const target = this.targetWindow(connection);
      if (this.pipeFull) window = Math.min(window + acked, target);
      else if (window < target || connection.delivered < INITIAL_WINDOW) window += acked;
      connection.congestionWindow = Math.max(window, WINDOW_MIN);
    }
    if (this.mode === Mode.probeRoundTrip) {
      connection.congestionWindow = Math.min(connection.congestionWindow, WINDOW_MIN);
    }
  }

  /** In the first round of a recovery one segment leaves for each that has arrived; answers whether that is so now. */
  private recoverOrRestore(connection: TcpConnection, sample: RateSample): boolean {
    const { congestionState: state, inFlight } = connection;
    const { priorState } = this;
    let window = connection.congestionWindow;
    if (sample.losses > 0) window = Math.max(window - sample.losses, 1);
    if (state === CongestionState.recovery && priorState !== CongestionState.recovery) {
      this.conserving = true;
      this.nextRound = connection.delivered;
      window = inFlight + sample.newlyDelivered;
    } else if (priorState >= CongestionState.recovery && state < CongestionState.recovery) {
      window = Math.max(window, this.priorWindow);
      this.conserving = false;
    }
    this.priorState = state;
    if (this.conserving) window = Math.max(window, inFlight + sample.newlyDelivered);
    connection.congestionWindow = window;
    return this.conserving;
  }

  private saveWindow({ congestionWindow }: TcpConnection): void {
    const good = this.priorState < CongestionState.recovery && this.mode !== Mode.probeRoundTrip;
    this.priorWindow = good ? congestionWindow : Math.max(this.priorWindow, congestionWindow);
  }

  /** What is in flight at this bandwidth, with what the hosts at both ends need. */
  private inFlightFor(connection: TcpConnection, bandwidth: number, gain: number): number {
    return this.withBudget(connection, this.product(bandwidth, gain), gain);
  }

  private targetWindow(connection: TcpConnection): number {
    const { bandwidth, windowGain } = this;
    const extra = this.pipeFull ? this.aggregation.extra(bandwidth) : 0;
    return this.withBudget(connection, this.product(bandwidth, windowGain) + extra, windowGain);
  }

  /** Bandwidth-delay product, segments. */
  private product(bandwidth: number, gain: number): number {
    if (!Number.isFinite(this.shortest)) return INITIAL_WINDOW;
    return Math.ceil(bandwidth * this.shortest * gain);
  }

  /** Three bursts, an even number, and room to probe where the product is small. */
  private withBudget(connection: TcpConnection, window: number, gain: number): number {
    window += 3 * burstGoal(connection);
    window += window % 2;
    return this.mode === Mode.probeBandwidth && gain > 1 ? window + 2 : window;
  }

  /** Segments in the network when the next one leaves, which pacing may delay. */
  private inNetworkThen(connection: TcpConnection, inFlight: number): number {
    const wait = Math.max(0, connection.nextSendAt - connection.namespace.network.simulation.now) / 1000;
    const delivered = Math.floor(this.bandwidth * wait);
    const then = this.pacingGain > 1 ? inFlight + burstGoal(connection) : inFlight;
    return Math.max(0, then - delivered);
  }
}

function rateOf({ mss }: TcpConnection, segmentsPerMicrosecond: number): number {
  return Math.floor(segmentsPerMicrosecond * mss * 1e6 * PACING_MARGIN);
}

function burstGoal({ pacingRate, mss }: TcpConnection): number {
  const bytes = Math.min(pacingRate / 1024, BURST_BYTES);
  const least = pacingRate < BURST_RATE_MIN ? 1 : 2;
  return Math.min(Math.max(Math.floor(bytes / mss), least), BURST_SEGMENTS_MAX);
}

function jiffies({ namespace }: TcpConnection): number {
  return Math.floor(namespace.network.simulation.now / JIFFY);
}
