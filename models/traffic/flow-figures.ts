import {
  beginHistogram,
  NUMBERS_PER_HISTOGRAM,
  recordValue,
} from '../../engine/statistics/latency-histogram.ts';
import type { NumberStore } from '../../engine/statistics/number-store.ts';
import type { Packet } from '../packet.ts';
import type { Clock } from './flow-observer.ts';

/** Places of a flow's figures, from that of the first; see `FlowStatistics`. Times are nanoseconds. */
export const FlowFigure = {
  sentPackets: 0,
  sentBytes: 1,
  receivedPackets: 2,
  receivedBytes: 3,
  refused: 4,
  reordered: 5,
  jitter: 6,
  firstReceived: 7,
  lastReceived: 8,
  lastTransit: 9,
  lastSequence: 10,
  duplicates: 11,
  /** What was sent before does not count. */
  measureFrom: 12,
  /** The histogram of latencies. */
  latency: 13,
} as const;

/** Numbers that the figures of a flow take in their store, as long as it sees few latencies. */
export const FIGURES_PER_FLOW = FlowFigure.latency + NUMBERS_PER_HISTOGRAM;

/** Takes room for the figures of a flow; answers their place. */
export function beginFigures(store: NumberStore, measureFrom: number): number {
  const place = store.reserve(FIGURES_PER_FLOW);
  beginHistogram(store, place + FlowFigure.latency);
  const { values } = store;
  values[place + FlowFigure.firstReceived] = -1;
  values[place + FlowFigure.lastReceived] = -1;
  values[place + FlowFigure.lastTransit] = -1;
  values[place + FlowFigure.measureFrom] = measureFrom;
  return place;
}

/** Counts a packet in that is sent now. @param bytes of payload */
export function countSent({ values }: NumberStore, place: number, clock: Clock, bytes: number): void {
  if (clock.now < values[place + FlowFigure.measureFrom]) return;
  values[place + FlowFigure.sentPackets]++;
  values[place + FlowFigure.sentBytes] += bytes;
}

/** Counts a packet in that has arrived now, for the first time. */
export function countReceived(store: NumberStore, place: number, packet: Packet, clock: Clock): void {
  if (packet.sentAt < store.values[place + FlowFigure.measureFrom]) return;
  const now = clock.now;
  const transit = now - packet.sentAt;
  recordValue(store, place + FlowFigure.latency, transit);
  const { values } = store;
  values[place + FlowFigure.receivedPackets]++;
  values[place + FlowFigure.receivedBytes] += packet.payloadLength;
  const last = values[place + FlowFigure.lastTransit];
  const jitter = values[place + FlowFigure.jitter];
  if (last >= 0) values[place + FlowFigure.jitter] += (Math.abs(transit - last) - jitter) / 16;
  values[place + FlowFigure.lastTransit] = transit;
  if (values[place + FlowFigure.firstReceived] < 0) values[place + FlowFigure.firstReceived] = now;
  values[place + FlowFigure.lastReceived] = now;
  // segments of both ends are numbered together
  if (packet.tcp !== null) return;
  if (packet.flowSequence < values[place + FlowFigure.lastSequence]) values[place + FlowFigure.reordered]++;
  else values[place + FlowFigure.lastSequence] = packet.flowSequence;
}
