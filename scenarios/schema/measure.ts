import { z } from 'zod';
import { section } from './section.ts';
import { duration, positiveDuration } from './units.ts';

const series = section({
  every: positiveDuration.prefault('100ms').describe('Time between samples. A duration. Default 100ms.'),
  of: z
    .array(
      z.enum([
        'link.utilisation',
        'link.throughput',
        'queue.depth',
        'flow.throughput',
        'flow.latency',
        'tcp.cwnd',
        'tcp.rtt',
      ]),
    )
    .min(1)
    .describe(
      'What is sampled: on every cable link.utilisation, link.throughput, queue.depth; of every traffic flow.throughput and flow.latency, the mean since the last sample; of tcp traffic tcp.cwnd (bytes) and tcp.rtt, the mean over its open connections.',
    ),
});

/** `measure`: which figures are taken. */
export const measureSection = section({
  warmup: duration
    .prefault('0s')
    .describe('Packets sent before this time do not count in figures. Default 0s.'),
  flows: z
    .boolean()
    .prefault(true)
    .describe('Figures of every flow: sent, received, lost by reason, delay, jitter.'),
  histograms: z
    .array(
      z.string().regex(/^[A-Za-z0-9_-]+\.[a-z]+$/, {
        error: () => 'expected FLOW.latency, FLOW.rtt or FLOW.completion',
      }),
    )
    .prefault([])
    .describe('Distributions to write out whole, such as [noise.latency, probe.rtt]. Default: none.'),
  series: series.optional().describe('Figures of cables and traffics over time. Default: none.'),
})
  .prefault({})
  .describe('Which figures are taken.');
