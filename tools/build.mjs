// npm run build: compiles the rooms to dist/.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './install.mjs';

export function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // stdout is for results
  run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: ['ignore', 2, 2] });
  // so that `npx podwire` finds a program in a clone
  chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) build();
