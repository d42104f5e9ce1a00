import { createHash } from 'node:crypto';
import type { Study } from './schema/study.ts';

/** How many runs each point has at least and at most. */
export function replicationsOf({ replications, precision }: Study): { min: number; max: number } {
  if (typeof replications === 'object') return replications;
  if (precision !== undefined) return { min: 3, max: 30 };
  const count = replications ?? 5;
  return { min: count, max: count };
}

/**
 * The seed of a run, of 48 bits. The runs of one number have the same seed at all points: points meet the
 * same chances, and what differs between them shows with fewer runs (common random numbers).
 * @param replication from 0, or `pilot` for the run that finds the end of the warm-up
 */
export function seedOf(study: Study, replication: number | 'pilot'): number {
  return createHash('sha256').update(`${study.seed} ${replication}`).digest().readUIntBE(0, 6);
}
