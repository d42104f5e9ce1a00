// Installs the dependencies when package-lock.json has changed since the last install, so that each of
// the README's commands is enough by itself on a fresh clone. Uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command with the terminal handed on; ends this process with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    console.error(`${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.signal) process.exit(130);
  if (result.status !== 0 && !options.allowFailure) process.exit(result.status ?? 1);
  return result.status ?? 0;
}

export function installDependencies() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  const npm = process.env.npm_execpath;
  // not `npm ci`: it refuses a lock file that was made where packages of other platforms were out of reach
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  // stdout is for results: what the installer says goes to stderr
  const options = { stdio: ['ignore', 2, 2] };
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args], options);
  else run('npm', args, { ...options, shell: process.platform === 'win32' });
}
