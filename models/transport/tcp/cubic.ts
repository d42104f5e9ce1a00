import { JIFFY } from '../../netns/time/jiffies.ts';
import { type CongestionControl, CongestionState } from './congestion-control.ts';
import { HyStart } from './hystart.ts';
import { growAdditively, slowStart } from './reno.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** Share of the window that is left after a loss, out of 1024 (Linux `beta`; RFC 9438 has 0.7). */
const BETA = 717;
const SCALE = 1024;
/** C of the cubic function, out of 1024, over an assumed round trip of 100 ms (Linux `bic_scale`). */
const CUBIC_SCALE = 41 * 10;
/** Time in the cubic function counts in 1/1024 s. */
const TICKS_PER_SECOND = 1024;
const SECOND = 1e9;
/** 2^40: the bits that C and the cube of time are shifted by. */
const FRACTION = 2 ** 40;
const CUBE_FACTOR = Math.floor(FRACTION / CUBIC_SCALE);
/** Reno's growth for this beta, out of 8: how many acknowledged segments its window grows for (Linux `beta_scale`). */
const FRIENDLINESS = Math.floor(Math.floor((8 * (SCALE + BETA)) / 3) / (SCALE - BETA));
/** Until the first loss no more than 1 in 20 is the growth (5 % per round trip). */
const INCREASE_BEFORE_LOSS = 20;
const JIFFIES_PER_SECOND = SECOND / JIFFY;
const NEVER = -1;

/**
 * CUBIC (RFC 9438; Linux net/ipv4/tcp_cubic.c): the window follows C(t-K)^3 around the size at which the last loss
 * came, and never lags behind what Reno would have.
 */
export class Cubic implements CongestionControl {
  readonly name = 'cubic';
  private readonly hystart = new HyStart();
  /** Segments to be acknowledged for one segment more. */
  private perSegment = 0;
  /** Window before the last reduction, less where it did not reach the one before (fast convergence). */
  private lastMaximum = 0;
  private lastWindow = 0;
  /** Jiffies, when `perSegment` was last reckoned. */
  private lastTime = 0;
  /** Plateau of the curve, and how long after the start of the epoch it is reached, in 1/1024 s. */
  private origin = 0;
  private timeToOrigin = 0;
  /** Jiffies, when growth after a loss began. */
  private epochStart = NEVER;
  /** Acknowledged segments that Reno's window has not grown for, and that window. */
  private renoCredit = 0;
  private renoWindow = 0;

  established(connection: TcpConnection): void {
    this.reset();
    this.hystart.startRound(connection);
  }

  thresholdAfterLoss({ congestionWindow: window }: TcpConnection): number {
    this.epochStart = NEVER;
    const falling = window < this.lastMaximum;
    this.lastMaximum = falling ? Math.floor((window * (SCALE + BETA)) / (2 * SCALE)) : window;
    return Math.max(Math.floor((window * BETA) / SCALE), 2);
  }

  avoidCongestion(connection: TcpConnection, acked: number): void {
    if (!connection.isWindowLimited) return;
    if (connection.inSlowStart) {
      acked = slowStart(connection, acked);
      if (acked === 0) return;
    }
    this.update(connection, acked);
    growAdditively(connection, this.perSegment, acked);
  }

  windowAfterUndo({ congestionWindow, priorWindow }: TcpConnection): number {
    return Math.max(congestionWindow, priorWindow);
  }

  acknowledged(connection: TcpConnection, _acked: number, roundTripTime: number): void {
    if (roundTripTime < 0) return;
    // round trips right after a recovery say little
    if (this.epochStart !== NEVER && jiffies(connection) - this.epochStart < JIFFIES_PER_SECOND) return;
    this.hystart.measured(connection, Math.max(roundTripTime, 1));
  }

  stateChanged(connection: TcpConnection, state: CongestionState): void {
    if (state !== CongestionState.loss) return;
    this.reset();
    this.hystart.startRound(connection);
  }

  /** An idle time does not count as time on the curve. */
  sendingStarts(connection: TcpConnection): void {
    const now = jiffies(connection);
    const idle = now - Math.floor(connection.lastSentAt / JIFFY);
    if (this.epochStart === NEVER || idle <= 0) return;
    this.epochStart = Math.min(this.epochStart + idle, now);
  }

  private reset(): void {
    this.perSegment = 0;
    this.lastMaximum = 0;
    this.lastWindow = 0;
    this.lastTime = 0;
    this.origin = 0;
    this.timeToOrigin = 0;
    this.epochStart = NEVER;
    this.renoCredit = 0;
    this.renoWindow = 0;
    this.hystart.reset();
  }

  /** Linux `bictcp_update`. */
  private update(connection: TcpConnection, acked: number): void {
    const { congestionWindow: window } = connection;
    const now = jiffies(connection);
    this.renoCredit += acked;
    if (this.lastWindow === window && now - this.lastTime <= Math.floor(JIFFIES_PER_SECOND / 32)) return;
    if (this.epochStart === NEVER || now !== this.lastTime) {
      this.lastWindow = window;
      this.lastTime = now;
      if (this.epochStart === NEVER) this.startEpoch(now, window, acked);
      this.followCurve(now, window);
    }
    this.keepUpWithReno(window);
    this.perSegment = Math.max(this.perSegment, 2);
  }

  private startEpoch(now: number, window: number, acked: number): void {
    this.epochStart = now;
    this.renoCredit = acked;
    this.renoWindow = window;
    const below = this.lastMaximum - window;
    this.timeToOrigin = below > 0 ? cubeRoot(CUBE_FACTOR * below) : 0;
    this.origin = below > 0 ? this.lastMaximum : window;
  }

  private followCurve(now: number, window: number): void {
    // where the window is to be a round trip from now
    const elapsed = now - this.epochStart + Math.ceil((this.hystart.leastDelay * 1000) / JIFFY);
    const time = Math.floor((elapsed * TICKS_PER_SECOND) / JIFFIES_PER_SECOND);
    const offset = Math.abs(time - this.timeToOrigin);
    const change = Math.floor((CUBIC_SCALE * offset * offset * offset) / FRACTION);
    const target = time < this.timeToOrigin ? this.origin - change : this.origin + change;
    this.perSegment = target > window ? Math.floor(window / (target - window)) : 100 * window;
    if (this.lastMaximum === 0) this.perSegment = Math.min(this.perSegment, INCREASE_BEFORE_LOSS);
  }

  /** The Reno-friendly region (RFC 9438, 4.3). */
  private keepUpWithReno(window: number): void {
    const perSegment = Math.max((window * FRIENDLINESS) >> 3, 1);
    const steps = Math.floor(Math.max(this.renoCredit - 1, 0) / perSegment);
    this.renoCredit -= steps * perSegment;
    this.renoWindow += steps;
    const ahead = this.renoWindow - window;
    if (ahead > 0) this.perSegment = Math.min(this.perSegment, Math.floor(window / ahead));
  }
}

function jiffies({ namespace }: TcpConnection): number {
  return Math.floor(namespace.network.simulation.now / JIFFY);
}

/** Whole part of the cube root (Newton's iteration, as the kernel has no floating point). */
export function cubeRoot(value: number): number {
  if (value < 1) return 0;
  let root = 2 ** Math.ceil((Math.floor(Math.log2(value)) + 1) / 3);
  for (;;) {
    const next = Math.floor((2 * root + Math.floor(value / (root * root))) / 3);
    if (next >= root) return root;
    root = next;
  }
}
