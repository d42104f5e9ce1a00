import { z } from 'zod';
import { DISTRIBUTIONS, type ImpairmentSpec } from '../../models/queueing/netem-spec.ts';
import { section } from './section.ts';
import { count, duration, percent } from './units.ts';

const correlation = percent
  .optional()
  .describe('How much each draw resembles the one before, as netem does it. A percentage. Default 0%.');

function chance(what: string) {
  return section({
    probability: percent.describe(`Share of the frames that ${what}. A percentage.`),
    correlation,
  });
}

const burstLoss = section({
  to_bad: percent.describe('Per frame, the chance that good times end. A percentage.'),
  to_good: percent.describe('Per frame, the chance that bad times end. A percentage.'),
  in_bad: percent.prefault('100%').describe('Share of the frames lost in bad times. Default 100%.'),
  in_good: percent.prefault('0%').describe('Share of the frames lost in good times. Default 0%.'),
});

const reorder = section({
  probability: percent.describe('Share of the frames that go before those under way. A percentage.'),
  correlation,
  gap: count(1, 1_000_000).optional().describe('Only one of so many frames may. A count. Default 1.'),
});

/** What chance does to frames on a bad way, as netem does it. */
export const impairments = section({
  jitter: duration
    .optional()
    .describe(
      'Width of the delays around their mean: half the range, or the standard deviation. A duration.',
    ),
  distribution: z.enum(DISTRIBUTIONS).optional().describe('How delays are spread. Default uniform.'),
  loss: chance('are lost').optional().describe('Losses at random: { probability: 1%, correlation: 25% }.'),
  burst_loss: burstLoss
    .optional()
    .describe('Losses in bursts, by Gilbert and Elliott: { to_bad: 1%, to_good: 20% }. Instead of loss.'),
  duplicate: chance('arrive twice').optional().describe('Frames that arrive twice: { probability: 0.1% }.'),
  reorder: reorder.optional().describe('Frames that overtake others: { probability: 5% }.'),
  corrupt: chance('have one bit turned over')
    .optional()
    .describe('Frames with a wrong bit, which a checksum finds at the receiver: { probability: 0.01% }.'),
})
  .superRefine((value, context) => {
    if (value.loss === undefined || value.burst_loss === undefined) return;
    const message = 'loss and burst_loss exclude one another';
    context.addIssue({ code: 'custom', path: ['burst_loss'], message });
  })
  .meta({ id: 'Impairments' });

export type Impairments = z.output<typeof impairments>;

/** The same in the terms of the models. */
export function impairmentSpec(value: Impairments): ImpairmentSpec {
  const { jitter, distribution, loss, burst_loss: burst, duplicate, reorder: overtaking, corrupt } = value;
  return {
    jitter,
    distribution,
    duplicate,
    corrupt,
    ...(loss !== undefined && { loss: { model: 'random' as const, ...loss } }),
    ...(burst !== undefined && {
      loss: {
        model: 'gemodel' as const,
        toBad: burst.to_bad,
        toGood: burst.to_good,
        inBad: burst.in_bad,
        inGood: burst.in_good,
      },
    }),
    ...(overtaking !== undefined && { reorder: overtaking, gap: overtaking.gap ?? 1 }),
  };
}
