import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the compiled program goes: inside `node_modules`, so that it finds what it imports. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'podwire-bench');

/** Bundles the program as `npm run build` does, and the benchmarks with it; answers the folder. */
export function compile(): string {
  const bundler = join(ROOT, 'tools', 'bundle.mjs');
  const result = spawnSync(process.execPath, [bundler, FOLDER, 'child=bench/child.ts'], {
    stdio: ['ignore', 2, 2],
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error('the program does not compile');
  // a package of its own: Node does not look beyond node_modules for the type of its modules
  writeFileSync(join(FOLDER, 'package.json'), '{ "type": "module" }\n');
  return FOLDER;
}
