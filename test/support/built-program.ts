import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the program as users have it, in a folder where it finds what it imports; answers the path of its main file.
 * @param name of the folder, one for each file of tests: they may run side by side
 */
export function buildProgram(name: string): string {
  const folder = join(root, 'node_modules', '.cache', `podwire-test-${name}`);
  const bundler = join(root, 'tools', 'bundle.mjs');
  const { status, stderr } = spawnSync(process.execPath, [bundler, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the program does not build: ${stderr}`);
  return join(folder, 'main.js');
}
