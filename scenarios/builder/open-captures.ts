import { PcapngWriter, PcapWriter } from '../../engine/pcap-writer/index.ts';
import { Capture } from '../../models/link/capture.ts';
import { compileFrameFilter } from '../../models/link/frame-filter.ts';
import type { CapturePlan } from '../plan/captures.ts';
import type { ClusterPlan } from '../plan.ts';
import type { BuiltNetwork } from './build-network.ts';

/** Opens a file of the output folder; answers where its bytes go. Handed in from above: models know no files. */
export type OpenFile = (name: string) => (bytes: Uint8Array) => void;

/** The simulation's clock starts at this wall-clock time in captures: 2026-01-01 00:00:00 UTC, always the same. */
export const CAPTURE_EPOCH_NS = 1_767_225_600_000_000_000n;

/** A capture of the scenario that is running. */
export interface OpenCapture {
  plan: CapturePlan;
  capture: Capture;
}

/** Starts every capture of the plan. Interfaces that are not there yet (of pods added later) are watched when they come. */
export function openCaptures(built: BuiltNetwork, plan: ClusterPlan, open: OpenFile): OpenCapture[] {
  return plan.captures.map((one) => {
    const sink = open(one.file);
    const epochNanoseconds = CAPTURE_EPOCH_NS;
    const writer =
      one.format === 'pcapng'
        ? new PcapngWriter(sink, { epochNanoseconds, application: 'podwire' })
        : new PcapWriter(sink, { epochNanoseconds, snapLength: one.snaplen });
    const filter = one.filter === undefined ? null : compileFrameFilter(one.filter);
    const capture = new Capture(built.network, writer, one.snaplen, filter);
    for (const { namespace, interface: name } of one.interfaces) {
      const iface = built.network.namespace(namespace)?.findInterface(name);
      if (iface !== undefined) capture.watch(iface);
    }
    return { plan: one, capture };
  });
}
