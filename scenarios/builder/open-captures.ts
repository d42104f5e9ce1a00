import { PcapngWriter, PcapWriter } from '../../engine/pcap-writer/index.ts';
import { EPOCH_NS } from '../../engine/wall-clock.ts';
import { Capture } from '../../models/link/capture.ts';
import { compileFrameFilter } from '../../models/link/frame-filter.ts';
import type { CapturePlan } from '../plan/captures.ts';
import type { ClusterPlan } from '../plan.ts';
import type { InterfaceName } from '../topology/interfaces.ts';
import type { BuiltNetwork } from './build-network.ts';

/**
 * Opens a file of the output folder; answers where its bytes go. Handed in from above: models know no files.
 */
export type OpenFile = (name: string) => (bytes: Uint8Array) => void;

/**
 * Memory in which all capture files together collect their records, and a file's share of it at most and at
 * least.
 */
const BUFFERS_TOTAL = 64 * 1024 * 1024;
const BUFFER_MAX = 256 * 1024;
const BUFFER_MIN = 4 * 1024;

/** A capture of the scenario that is running. */
export interface OpenCapture {
  plan: CapturePlan;
  capture: Capture;
  /** Interfaces that are not there yet: those of pods that events add. */
  awaited: InterfaceName[];
}

/** Starts every capture of the plan. */
export function openCaptures(built: BuiltNetwork, plan: ClusterPlan, open: OpenFile): OpenCapture[] {
  const share = Math.floor(BUFFERS_TOTAL / Math.max(1, plan.captures.length));
  const bufferSize = Math.min(BUFFER_MAX, Math.max(BUFFER_MIN, share));
  const captures = plan.captures.map((one) => {
    const sink = open(one.file);
    const common = { epochNanoseconds: EPOCH_NS, bufferSize };
    const writer =
      one.format === 'pcapng'
        ? new PcapngWriter(sink, { ...common, application: 'podwire' })
        : new PcapWriter(sink, { ...common, snapLength: one.snaplen });
    const filter = one.filter === undefined ? null : compileFrameFilter(one.filter);
    const capture = new Capture(built.network, writer, one.snaplen, filter);
    return { plan: one, capture, awaited: one.interfaces };
  });
  watchArrivals(built, captures);
  // a file is a valid one from the first moment on, should the process be killed
  for (const { capture } of captures) capture.flush();
  return captures;
}

/** Watches the interfaces that have come since the last call. */
export function watchArrivals(built: BuiltNetwork, captures: readonly OpenCapture[]): void {
  for (const one of captures) {
    one.awaited = one.awaited.filter(({ namespace, interface: name }) => {
      const iface = built.network.namespace(namespace)?.findInterface(name);
      if (iface !== undefined) one.capture.watch(iface);
      return iface === undefined;
    });
  }
}
