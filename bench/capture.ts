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
  /** Wall nanoseconds for writing as many bytes to the same place, whatever they say: what no capture can beat. */
  diskAlone: number;
}

/** Datagrams of each pod while ARP asks and bridges learn. */
const START_UP = 10;
/** Packet-hops before the measured part and in it: all of them stay on the RAM disk, 2.7 KB each. */
const WARM_UP_HOPS = 400_000;
const HOPS = 800_000;
/** Bytes that a capture hands on at once. */
const PIECE = 256 * 1024;

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
  if (capture === undefined) return { ...part, frames: 0, bytes: 0, diskAlone: 0 };
  const frames = countFrames(path, before);
  const bytes = statSync(path).size - before;
  return { ...part, frames, bytes, diskAlone: timeWriting(path, bytes) };
}

/** Writes zeros in pieces as large as those of a capture. */
function timeWriting(path: string, bytes: number): number {
  const sinks = new FileSinks();
  const piece = new Uint8Array(PIECE);
  sinks.create(path);
  const begun = process.hrtime.bigint();
  for (let left = bytes; left > 0; left -= PIECE) sinks.write(path, piece.subarray(0, Math.min(PIECE, left)));
  const wall = Number(process.hrtime.bigint() - begun);
  sinks.close();
  return wall;
}
