import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Rooms whose code decides what a run gives. */
const rooms = ['engine', 'models', 'scenarios', 'shell', 'study'];

/**
 * A short digest of the code that runs depend on: results of other code are not mixed with those of this one.
 */
export function codeVersion(): string {
  const hash = createHash('sha256');
  for (const file of codeFiles()) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/** The sources; of the built program the files that it was made into, which are beside each other. */
function codeFiles(): string[] {
  if (!import.meta.url.endsWith('.ts')) return filesIn(fileURLToPath(new URL('.', import.meta.url)), '.js');
  const root = fileURLToPath(new URL('..', import.meta.url));
  return rooms.flatMap((room) => filesIn(join(root, room), '.ts'));
}

/** In an order that does not depend on the file system. */
function filesIn(folder: string, extension: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const code = names.filter((name) => name.endsWith(extension));
  return code.sort().map((name) => join(folder, name));
}
