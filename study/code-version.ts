import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Rooms whose code decides what a run gives. */
const rooms = ['engine', 'models', 'scenarios', 'shell', 'study'];

/**
 * A short digest of the code that runs depend on: results of other code are not mixed with those of this one.
 */
export function codeVersion(): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const extension = extname(fileURLToPath(import.meta.url));
  const hash = createHash('sha256');
  for (const room of rooms) {
    for (const file of codeIn(join(root, room), extension)) hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

/** In an order that does not depend on the file system. */
function codeIn(folder: string, extension: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const code = names.filter((name) => name.endsWith(extension) && !name.endsWith('.d.ts'));
  return code.sort().map((name) => join(folder, name));
}
