import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** Files kept open at once; the one not written for longest is closed and opened again when it is needed. */
const OPEN_AT_ONCE = 128;

/**
 * Writes files piece by piece, each piece at once: capture writers collect whole records before they hand
 * them on, so that a file which is cut off between two pieces is a valid one. Any number of files may be
 * under way.
 */
export class FileSinks {
  /** Descriptors of open files by path, the one used last at the end. */
  private readonly open = new Map<string, number>();

  /** Makes the file, or empties the one that is there. A symbolic link is not followed. */
  create(path: string): void {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    this.remember(path, openSync(path, O_WRONLY | O_CREAT | O_TRUNC | (O_NOFOLLOW ?? 0), 0o644));
  }

  /** Adds bytes to the end of a file that has been made. */
  write(path: string, bytes: Uint8Array): void {
    const file = this.open.get(path) ?? this.reopen(path);
    this.open.delete(path);
    this.open.set(path, file);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
  }

  close(): void {
    for (const file of this.open.values()) closeSync(file);
    this.open.clear();
  }

  private reopen(path: string): number {
    const { O_WRONLY, O_APPEND, O_NOFOLLOW } = constants;
    const file = openSync(path, O_WRONLY | O_APPEND | (O_NOFOLLOW ?? 0));
    this.remember(path, file);
    return file;
  }

  private remember(path: string, file: number): void {
    this.open.set(path, file);
    if (this.open.size <= OPEN_AT_ONCE) return;
    const [oldest, descriptor] = this.open.entries().next().value!;
    closeSync(descriptor);
    this.open.delete(oldest);
  }
}
