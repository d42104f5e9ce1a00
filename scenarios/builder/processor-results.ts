import type { Network } from '../../models/netns/network.ts';
import type { Processor } from '../../models/processor/processor.ts';

/** Figures of one core of a node whose work takes time. */
export interface CoreResult {
  node: string;
  core: number;
  /** Fraction of the time in which it worked. */
  utilisation: number;
  /** Jobs: frames received, and what programs sent. */
  jobs: number;
  /** Packets for which there was no room (cpu_backlog). */
  dropped: number;
  peakPackets: number;
}

/** Core by core, in the order of the nodes. */
export function processorResults(network: Network): CoreResult[] {
  const seen = new Set<Processor>();
  const { now } = network.simulation;
  return network.namespaces().flatMap(({ name, processor }) => {
    // pods share that of their node, which was there before them
    if (processor === null || seen.has(processor)) return [];
    seen.add(processor);
    return processor.cores.map(({ busy, jobs, dropped, peak }, core) => ({
      node: name,
      core,
      utilisation: now > 0 ? Math.min(1, busy / now) : 0,
      jobs,
      dropped,
      peakPackets: peak,
    }));
  });
}
