import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureWriting } from '../cli/capture-thread/capture-writing.ts';
import { FileSinks } from '../cli/file-sink.ts';
import type { HandOnCaptures } from '../scenarios/builder/open-captures.ts';
import { buildScenario } from './build-scenario.ts';
import { type ClusterSize, clusterScenario, HOPS_PER_DATAGRAM, SEND_INTERVAL } from './cluster-scenario.ts';
import { countFrames } from './count-frames.ts';
import { type RunPart, runPart } from './run-part.ts';

export interface CaptureOptions extends ClusterSize {
  /** Folder for the capture file. */
  folder: string;
  /** Bytes kept of each frame, 0 for all; absent: nothing is captured. */
  snaplen?: number;
  /** Whether a thread writes the file, as where there is a second core. */
  thread?: boolean;
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
/** How much is run, and how much of it comes to the file. */
interface Amount {
  /**
   * Packet-hops before the measured part: by then the code is compiled, that of the thread as well, which has taken the
   * file over.
   */
  warmUp: number;
  /** Packet-hops of the measured part. */
  measured: number;
  /** What they leave on the RAM disk, which holds all of them: somewhat more than they do. */
  bytesPerHop: number;
}

const HEADERS_ONLY: Amount = { warmUp: 4_000_000, measured: 4_000_000, bytesPerHop: 400 };
const WHOLE_FRAMES: Amount = { warmUp: 800_000, measured: 800_000, bytesPerHop: 2800 };

/** Bytes that a capture hands on at once. */
const PIECE = 256 * 1024;

/** A cluster with every interface captured to one pcapng file, or none. */
export async function runCapture(options: CaptureOptions): Promise<CaptureRun> {
  const { nodes, pods, folder, snaplen, thread = true } = options;
  const amount = snaplen === 0 ? WHOLE_FRAMES : HEADERS_ONLY;
  const hopsPerInterval = nodes * pods * HOPS_PER_DATAGRAM;
  const warmUp = START_UP + Math.ceil(amount.warmUp / hopsPerInterval);
  const end = (warmUp + Math.ceil(amount.measured / hopsPerInterval)) * SEND_INTERVAL;
  const file = 'everything.pcapng';
  const path = join(folder, file);
  const capture = snaplen === undefined ? undefined : { file, snaplen: snaplen || undefined };
  const sinks = new FileSinks();
  sinks.create(path);
  // Memory that a virtual machine has never used costs several times as much to write to as what it has: without this
  // the first runs would be the slow ones.
  writeZeros(sinks, path, Math.max(amount.warmUp, amount.measured) * amount.bytesPerHop);
  truncateSync(path);
  sinks.close();
  const openFile = () => (bytes: Uint8Array) => sinks.write(path, bytes);
  let writing: CaptureWriting | undefined;
  const handOnCaptures: HandOnCaptures = (files, [format], { network }) => {
    writing = new CaptureWriting(files, [{ ...format, path }], network.macs, { after: 0 });
    return writing;
  };
  const { run } = buildScenario(clusterScenario({ nodes, pods, stop: end, capture }), {
    openFile,
    handOnCaptures: thread ? handOnCaptures : undefined,
  });
  runPart(run, warmUp * SEND_INTERVAL);
  run.flushCaptures();
  // what was written so far is given back, for the measured part to be written to
  truncateSync(path);
  const begun = process.hrtime.bigint();
  const used = process.cpuUsage();
  const part = runPart(run, end);
  // what is still on its way to the file counts
  run.flushCaptures();
  const { user, system } = process.cpuUsage(used);
  part.wall = Number(process.hrtime.bigint() - begun);
  part.processor = (user + system) * 1000;
  await writing?.close();
  sinks.close();
  if (capture === undefined) return { ...part, frames: 0, bytes: 0, diskAlone: 0 };
  const frames = countFrames(path);
  const bytes = statSync(path).size;
  return { ...part, frames, bytes, diskAlone: timeWriting(path, bytes) };
}

/** Writes zeros in pieces as large as those of a capture, to a new file. */
function timeWriting(path: string, bytes: number): number {
  const sinks = new FileSinks();
  sinks.create(path);
  const begun = process.hrtime.bigint();
  writeZeros(sinks, path, bytes);
  const wall = Number(process.hrtime.bigint() - begun);
  sinks.close();
  return wall;
}

function writeZeros(sinks: FileSinks, path: string, bytes: number): void {
  const piece = new Uint8Array(PIECE);
  for (let left = bytes; left > 0; left -= PIECE) sinks.write(path, piece.subarray(0, Math.min(PIECE, left)));
}
