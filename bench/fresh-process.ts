import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Tasks } from './child.ts';

/** How the processes of a benchmark are started. */
export interface ProcessOptions {
  /** Folder with the compiled product and benchmarks. */
  compiled: string;
  /** Folder for a profile of each process; absent for none. */
  profiles?: string;
}

/** Does a task in a Node process of its own, with the compiled program that users run. */
export function inFreshProcess<Name extends keyof Tasks>(
  { compiled, profiles }: ProcessOptions,
  name: Name,
  options: Parameters<Tasks[Name]>[0],
): Awaited<ReturnType<Tasks[Name]>> {
  const flags = ['--expose-gc'];
  if (profiles !== undefined) flags.push('--cpu-prof', `--cpu-prof-dir=${profiles}`);
  const script = join(compiled, 'child.js');
  const result = spawnSync(process.execPath, [...flags, script, name, JSON.stringify(options ?? {})], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    // what tsx has put there is not for a plain Node
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${name} ${JSON.stringify(options)}: ended with ${endOf(result)}`);
  return JSON.parse(result.stdout);
}

function endOf({ status, signal }: { status: number | null; signal: NodeJS.Signals | null }): string {
  return signal ?? `status ${status}`;
}
