import type { ByteSink } from '../../engine/pcap-writer/index.ts';
import { Capture } from '../../models/link/capture/capture.ts';
import { CaptureFiles } from '../../models/link/capture/capture-files.ts';
import { CaptureLog, type ChunkTaker } from '../../models/link/capture/capture-log.ts';
import { compileFrameFilter } from '../../models/link/frame-filter.ts';
import type { CapturePlan } from '../plan/captures.ts';
import type { ClusterPlan } from '../plan.ts';
import type { InterfaceName } from '../topology/interfaces.ts';
import type { BuiltNetwork } from './build-network.ts';
import { type CaptureFormat, captureWriter } from './capture-writer.ts';

/**
 * Opens a file of the output folder; answers where its bytes go. Handed in from above: models know no files.
 */
export type OpenFile = (name: string) => ByteSink;

/** Hands the writing of captures on: to another thread, for example. `files` does it here. */
export type HandOnCaptures = (
  files: CaptureFiles,
  formats: readonly CaptureFormat[],
  built: BuiltNetwork,
) => ChunkTaker;

/**
 * Memory in which all capture files together collect their records, and a file's share of it at most and at
 * least.
 */
const BUFFERS_TOTAL = 64 * 1024 * 1024;
const BUFFER_MAX = 256 * 1024;
const BUFFER_MIN = 4 * 1024;

/** A capture of the scenario that is running. */
export interface OpenCapture {
  capture: Capture;
  /** Interfaces that are not there yet: those of pods that events add. */
  awaited: InterfaceName[];
}

/** The captures of the scenario that is running. */
export interface OpenCaptures {
  all: OpenCapture[];
  /** What they see; null without captures. */
  log: CaptureLog | null;
}

/** Starts every capture of the plan. */
export function openCaptures(
  built: BuiltNetwork,
  plan: ClusterPlan,
  open: OpenFile,
  handOn: HandOnCaptures = (files) => files,
): OpenCaptures {
  if (plan.captures.length === 0) return { all: [], log: null };
  const formats = formatsOf(plan.captures);
  const files = new CaptureFiles(built.network.macs);
  for (const format of formats) files.add(captureWriter(format, open(format.file)), format.snaplen);
  const log = new CaptureLog(built.network, handOn(files, formats, built));
  const all = plan.captures.map(({ snaplen, filter, interfaces }, file) => {
    const compiled = filter === undefined ? null : compileFrameFilter(filter);
    return { capture: new Capture(log, file, snaplen, compiled), awaited: interfaces };
  });
  watchArrivals(built, all);
  // a file is a valid one from the first moment on, should the process be killed
  log.flush();
  return { all, log };
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

function formatsOf(captures: readonly CapturePlan[]): CaptureFormat[] {
  const share = Math.floor(BUFFERS_TOTAL / captures.length);
  const bufferSize = Math.min(BUFFER_MAX, Math.max(BUFFER_MIN, share));
  return captures.map(({ file, format, snaplen }) => ({ file, format, snaplen, bufferSize }));
}
