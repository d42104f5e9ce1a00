import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Block type of a frame in pcapng, section 4.3. */
const ENHANCED_PACKET = 6;
const CHUNK = 1 << 20;
const HEAD = 8;

/** Counts the frames of a pcapng file (little endian), or of a part of one that begins with a block, by their heads alone. */
export function countFrames(path: string): number {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const chunk = new DataView(new ArrayBuffer(CHUNK));
    let frames = 0;
    for (let place = 0; place + HEAD <= size; ) {
      const read = readSync(file, chunk, 0, CHUNK, place);
      let offset = 0;
      while (offset + HEAD <= read) {
        if (chunk.getUint32(offset, true) === ENHANCED_PACKET) frames++;
        offset += chunk.getUint32(offset + 4, true);
      }
      place += offset;
    }
    return frames;
  } finally {
    closeSync(file);
  }
}
