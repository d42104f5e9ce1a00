import { GCProfiler, getHeapStatistics } from 'node:v8';

/** What a stretch of work cost in memory. */
export interface HeapUse {
  /** Bytes allocated: on the heap, and outside of it by array buffers. */
  allocated: number;
  /** Collections of the young generation. */
  scavenges: number;
  /** Collections of the old space, steps of an incremental one among them. */
  oldCollections: number;
  /** Nanoseconds for which the program stood still for collections. */
  pause: number;
}

/**
 * Counts what is allocated from its making until `close`: the growth of the heap between one collection and the
 * next, added up, which is exact because V8 only ever takes memory back in a collection.
 */
export class HeapLedger {
  private readonly profiler = new GCProfiler();
  private readonly start: number;

  constructor() {
    this.profiler.start();
    this.start = sizeOf(getHeapStatistics());
  }

  close(): HeapUse {
    const end = sizeOf(getHeapStatistics());
    const { statistics } = this.profiler.stop();
    const use: HeapUse = { allocated: 0, scavenges: 0, oldCollections: 0, pause: 0 };
    let last = this.start;
    for (const { gcType, cost, beforeGC, afterGC } of statistics) {
      use.allocated += Math.max(0, profiledSize(beforeGC.heapStatistics) - last);
      last = profiledSize(afterGC.heapStatistics);
      if (gcType === 'Scavenge') use.scavenges++;
      else use.oldCollections++;
      use.pause += cost * 1000;
    }
    use.allocated += Math.max(0, end - last);
    return use;
  }
}

/** Bytes in use after everything that can be collected has been. Needs `--expose-gc`. */
export function liveBytes(): number {
  if (globalThis.gc === undefined) throw new Error('start node with --expose-gc');
  // what finalizers let go of goes with the next collection
  globalThis.gc();
  globalThis.gc();
  return sizeOf(getHeapStatistics());
}

function sizeOf({ used_heap_size, external_memory }: ReturnType<typeof getHeapStatistics>): number {
  return used_heap_size + external_memory;
}

function profiledSize(statistics: { usedHeapSize: number; externalMemory: number }): number {
  return statistics.usedHeapSize + statistics.externalMemory;
}
