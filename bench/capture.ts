import { statSync } from 'node:fs';
import { join } from 'node:path';
import { FileSinks } from '../cli/file-sink.ts';
import { buildScenario } from './build-scenario.ts';
import { type ClusterSize, clusterScenario, HOPS_PER_DATAGRAM, SEND_INTERVAL } from './cluster-scenario.ts';
import { countFrames } from './count-frames.ts';
import { type RunPart, runPart } from './run-part.ts';

export interface CaptureOptions extends ClusterSize {
  /** Folder for the capture file. */
  folder: string;
  /** Bytes kept of each frame, 0 for all; absent: nothing is captured. */
  snaplen?: number;
}

/** The measured part of a run, and what went to the file meanwhile. */
export interface CaptureRun extends RunPart {
  frames: number;
  bytes: number;
}

/** Datagrams of each pod while ARP asks and bridges learn. */
const START_UP = 10;
/** Packet-hops before the measured part and in it: all of them stay on the RAM disk, 2.7 KB each. */
const WARM_UP_HOPS = 400_000;
const HOPS = 800_000;

/** A cluster with every interface captured to one pcapng file, or none. */
export function runCapture(options: CaptureOptions): CaptureRun {
  const { nodes, pods, folder, snaplen } = options;
  const hopsPerInterval = nodes * pods * HOPS_PER_DATAGRAM;
  const warmUp = START_UP + Math.ceil(WARM_UP_HOPS / hopsPerInterval);
  const end = (warmUp + Math.ceil(HOPS / hopsPerInterval)) * SEND_INTERVAL;
  const file = 'everything.pcapng';
  const path = join(folder, file);
  const capture = snaplen === undefined ? undefined : { file, snaplen: snaplen || undefined };
  const sinks = new FileSinks();
  if (capture !== undefined) sinks.create(path);
  const openFile = () => (bytes: Uint8Array) => sinks.write(path, bytes);
  const { run } = buildScenario(clusterScenario({ nodes, pods, stop: end, capture }), { openFile });
  runPart(run, warmUp * SEND_INTERVAL);
  run.flushCaptures();
  const before = capture === undefined ? 0 : statSync(path).size;
  const begun = process.hrtime.bigint();
  const used = process.cpuUsage();
  const part = runPart(run, end);
  run.flushCaptures();
  const { user, system } = process.cpuUsage(used);
  part.wall = Number(process.hrtime.bigint() - begun);
  part.processor = (user + system) * 1000;
  sinks.close();
  if (capture === undefined) return { ...part, frames: 0, bytes: 0 };
  return { ...part, frames: countFrames(path, before), bytes: statSync(path).size - before };
}
