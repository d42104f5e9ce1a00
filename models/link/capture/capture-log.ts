import type { Network } from '../../netns/network.ts';
import type { Packet } from '../../packet.ts';
import { FrameChunk } from './frame-chunk.ts';

/** What writes files of what was seen. */
export interface ChunkTaker {
  /**
   * Takes what is in a chunk, to be written once it is due, and leaves it empty.
   * @param instants by file: what was seen before is final
   */
  take(chunk: FrameChunk, instants: Float64Array): void;
  /** The same; then everything is written that was seen before the instants of the files or at them. */
  flush(chunk: FrameChunk, instants: Float64Array): void;
}

/** What the captures of a network have seen and nobody has taken yet. */
export class CaptureLog {
  readonly network: Network;
  readonly chunk: FrameChunk;
  /** Number of the frame that was seen last; it may wrap around. */
  serial = 0;
  /** By file: the last instant at which something was seen. */
  instants = new Float64Array(0);
  /** By file: the first frame that can still be given a comment. */
  firstOpen = new Int32Array(0);
  private readonly taker: ChunkTaker;
  private viewCount = 0;
  private templateCount = 0;

  constructor(network: Network, taker: ChunkTaker, chunk = FrameChunk.create()) {
    this.network = network;
    this.taker = taker;
    this.chunk = chunk;
  }

  /** Makes room for files with numbers up to this one. */
  addFile(file: number): void {
    if (file < this.instants.length) return;
    const { instants, firstOpen } = this;
    this.instants = new Float64Array(file + 1);
    this.instants.set(instants);
    this.firstOpen = new Int32Array(file + 1);
    this.firstOpen.set(firstOpen);
  }

  /** A file holds frames of an interface from now on; answers the number of the view. */
  addView(file: number, name: string): number {
    this.chunk.views.push({ file, name });
    return this.viewCount++;
  }

  /** A chunk with room for one more frame. @param bytes that it takes beside its record */
  chunkFor(bytes: number): FrameChunk {
    if (!this.chunk.hasRoom(bytes)) this.makeRoom(bytes);
    return this.chunk;
  }

  /** The frames that come are like this one (`FrameTemplates.add`); answers the number of the template. */
  addTemplate(packet: Packet, second: number): number {
    if (!this.chunk.hasRoomForTemplate()) this.makeRoom(0);
    this.chunk.templates.add(packet, second);
    return this.templateCount++;
  }

  /** Simulated time has moved on since a file's last frame: what it saw before is final. */
  moveOn(file: number): void {
    this.instants[file] = this.network.simulation.now;
    this.firstOpen[file] = (this.serial + 1) | 0;
  }

  /** Writes everything that simulated time has passed; what is still on its way out at the end is not seen. */
  flush(): void {
    for (let file = 0; file < this.instants.length; file++) this.moveOn(file);
    this.taker.flush(this.chunk, this.instants);
  }

  private makeRoom(bytes: number): void {
    this.taker.take(this.chunk, this.instants);
    if (!this.chunk.hasRoom(bytes))
      throw new Error(`assertion failed: no room for a frame of ${bytes} bytes`);
  }
}
