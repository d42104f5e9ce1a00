import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError, systemErrorText } from './command-error.ts';
import { nearestFile } from './nearest-file.ts';

/**
 * Bytes read of a file at most: more than the loaders take, and an end for files without one (`/dev/zero`).
 */
export const READ_MAX = 16 * 1024 * 1024;

/**
 * The text of a scenario or study file.
 * @throws CommandError with the most similar name if there is no such file
 */
export function readText(file: string, cwd: string): string {
  return decodeText(readBytes(file, cwd), file);
}

/** @throws CommandError for what is too large or no text */
export function decodeText(bytes: Uint8Array, file: string): string {
  if (bytes.length === READ_MAX) throw new CommandError(`${file} is too large for a scenario`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(`cannot read ${file}: it is not text in UTF-8`);
  }
}

function readBytes(file: string, cwd: string): Uint8Array {
  const path = resolve(cwd, file);
  try {
    const descriptor = openSync(path, 'r');
    try {
      return readUpTo(descriptor, READ_MAX);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const nearest = (error as NodeJS.ErrnoException).code === 'ENOENT' ? nearestFile(path) : undefined;
    const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
    throw new CommandError(`cannot read ${file}: ${systemErrorText(error)}${hint}`);
  }
}

function readUpTo(descriptor: number, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total < limit) {
    const chunk = new Uint8Array(Math.min(256 * 1024, limit - total));
    const count = readSync(descriptor, chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return Buffer.concat(chunks);
}
