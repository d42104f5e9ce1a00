import type { ByteSink } from '../../../engine/pcap-writer/index.ts';

/** A sink that keeps what it gets, as a file would. */
export class FileCollector {
  /** Copies: the writer uses its buffer again. */
  readonly chunks: Uint8Array[] = [];
  readonly sink: ByteSink = (bytes) => {
    this.chunks.push(bytes.slice());
  };

  /** The file so far. */
  bytes(): Uint8Array {
    const file = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.chunks) {
      file.set(chunk, offset);
      offset += chunk.length;
    }
    return file;
  }
}

/** Hexadecimal text of bytes, which a failed comparison shows better than an array. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Bytes of hexadecimal text; blanks are free. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}
