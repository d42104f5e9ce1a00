import { getHeapStatistics } from 'node:v8';
import { formatBytes } from '../report/units.ts';
import type { ClusterPlan } from '../scenarios/index.ts';
import { CommandError } from './command-error.ts';

/** Bytes that each part of a cluster takes, as measured, rounded up. */
const PER_POD = 6000;
const PER_HOST = 20_000;
const PER_CABLE = 4000;
const PER_PAIR = 1600;
const PER_ROUTE = 250;
const PER_SERIES_SAMPLE = 16;
/**
 * Part of the heap that a cluster may take before it runs: packets on their way and tables that fill come on
 * top.
 */
const SHARE = 0.8;

/**
 * Refuses a cluster that cannot fit into the memory which Node allows itself: running out of it would end the
 * process without a word that helps.
 * @throws CommandError
 */
export function checkMemory(plan: ClusterPlan, available = getHeapStatistics().heap_size_limit): void {
  const needed = estimateMemory(plan);
  if (needed <= available * SHARE) return;
  const megabytes = Math.ceil(needed / SHARE / 2 ** 20 / 1024) * 1024;
  throw new CommandError(
    `this scenario needs about ${formatBytes(needed)} of memory and Node allows itself ${formatBytes(available)}: ` +
      `make it smaller, or allow more with NODE_OPTIONS=--max-old-space-size=${megabytes}`,
  );
}

/** Bytes that a cluster will take, roughly. */
export function estimateMemory(plan: ClusterPlan): number {
  const { pods, hosts, cables, traffic, measure } = plan;
  const pairs = traffic.reduce((sum, { pairCount }) => sum + pairCount, 0);
  const { series } = measure;
  const samples =
    series === undefined
      ? 0
      : (plan.stop / series.every) * series.of.length * (cables.length * 2 + traffic.length);
  return (
    pods.count * PER_POD +
    hosts.length * PER_HOST +
    cables.length * PER_CABLE +
    pairs * PER_PAIR +
    routeCount(plan) * PER_ROUTE +
    samples * PER_SERIES_SAMPLE
  );
}

function routeCount({ podNetwork, nodeCount, pods }: ClusterPlan): number {
  if (podNetwork === undefined || podNetwork.routes === 'none') return 0;
  if (podNetwork.routes === 'router') return nodeCount;
  return podNetwork.routes === 'per-node' ? nodeCount * nodeCount : pods.count * nodeCount;
}
