import type { Packet } from '../../packet.ts';
import { noteZeroUdp, ZERO_UDP_WORDS } from '../../wire/zero-udp-frame.ts';

/** A template is sixteen words: the note of a frame, and the second view. */
const SHIFT = 4;
const SECOND_VIEW = ZERO_UDP_WORDS;

/** Bytes of a template. */
export const FRAME_TEMPLATE_SIZE = 1 << (SHIFT + 2);

/**
 * What the frames of a flow have in common at a place on their way, where they are seen from one view and often from a
 * second one at once: all but their lengths and identifications. They are numbered as they come, through all chunks.
 */
export class FrameTemplates {
  count = 0;
  /** The templates as words, for the notes of frames (`noteAt`). */
  readonly words: Int32Array;
  readonly capacity: number;

  /** @param memory has room for `capacity` templates, of `FRAME_TEMPLATE_SIZE` bytes each, from `offset` on */
  constructor(memory: ArrayBufferLike, offset: number, capacity: number) {
    this.words = new Int32Array(memory, offset, capacity << SHIFT);
    this.capacity = capacity;
  }

  /**
   * Adds one by a frame that is like the others; there must be room.
   * @param second view from which they are seen next, at once; -1 for none
   */
  add(packet: Packet, second: number): void {
    const at = this.count++ << SHIFT;
    noteZeroUdp(packet, this.words, at);
    this.words[at | SECOND_VIEW] = second;
  }

  /** Where in `words` the frame is noted (`noteZeroUdp`). */
  noteAt(template: number): number {
    return template << SHIFT;
  }

  /** -1 for none. */
  secondViewOf(template: number): number {
    return this.words[(template << SHIFT) | SECOND_VIEW];
  }

  /** Adds copies of all templates of another list; there must be room. */
  append(other: FrameTemplates): void {
    if (other.count === 0) return;
    this.words.set(other.words.subarray(0, other.count << SHIFT), this.count << SHIFT);
    this.count += other.count;
  }
}
