import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../bench/results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TSX = join('node_modules', 'tsx', 'dist', 'cli.mjs');

function bench(...options: string[]) {
  return spawnSync(process.execPath, [TSX, join('bench', 'main.ts'), ...options], { encoding: 'utf8' });
}

describe('npm run bench', () => {
  it('runs the smoke run, within its limits, and writes what it found', () => {
    const file = join(temporaryFolder(), 'smoke.json');
    const { status, stdout, stderr } = bench('--smoke', '--json', file);
    expect(stderr).not.toContain('limit broken');
    expect(status).toBe(0);
    const results: Results = JSON.parse(readFileSync(file, 'utf8'));
    expect(results.node).toBe(process.version);
    for (const { metric } of results.rows) expect(stdout).toContain(metric);
  });

  it('refuses what it does not know', () => {
    expect(bench('nothing')).toMatchObject({ status: 2, stdout: '' });
    expect(bench('--runs', 'few')).toMatchObject({ status: 2, stdout: '' });
    expect(bench('--nothing').status).toBe(2);
  });
});
