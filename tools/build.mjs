// npm run build: the library to dist/, room by room, and the program to dist/cli.
import { chmodSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './install.mjs';

export const program = join(root, 'dist', 'cli', 'main.js');

export function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // stdout is for results
  const options = { stdio: ['ignore', 2, 2] };
  run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], options);
  // what an earlier build left there would count as code of this one
  rmSync(dirname(program), { recursive: true, force: true });
  run(process.execPath, [join(root, 'tools', 'bundle.mjs'), dirname(program)], options);
  // so that `npx podwire` finds a program in a clone
  chmodSync(program, 0o755);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) build();
