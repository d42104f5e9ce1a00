/**
 * The engine: time, the pending-event set, run control, randomness, statistics. Knows nothing of networks.
 */
export { Actor, type EventHandler } from './actor.ts';
export type { EventHandle, EventQueue } from './event-queue.ts';
export { FramePrints, momentOf } from './frame-prints.ts';
export { HeapJsQueue } from './heap-js-queue.ts';
export { RandomStream, RandomStreams } from './random.ts';
export { type Progress, type RunEnd, type RunLimits, Simulation, TIME_MAX } from './simulation.ts';
export { LatencyHistogram } from './statistics/latency-histogram.ts';
export { RunningMoments } from './statistics/running-moments.ts';
export { TimeWeightedMean } from './statistics/time-weighted-mean.ts';
export { WheelQueue } from './wheel-queue.ts';
