import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { ROOT } from './compile.ts';

/** Where and of what figures were taken. */
export interface Circumstances {
  processor: string;
  cores: number;
  /** GiB. */
  memory: number;
  node: string;
  /** Of the checkout; `-dirty` when files differ from it. */
  commit: string;
  /** UTC. */
  date: string;
}

export function circumstances(): Circumstances {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: commit(),
    date: new Date().toISOString(),
  };
}

function commit(): string {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return stdout?.trim() || 'unknown';
}
