import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CaseReport, failedReport } from '../../golden/run-case.ts';
import type { Plan } from './plan.ts';

const PROGRAM = new URL('kernel.py', import.meta.url).pathname;

/**
 * Carries the plan out in namespaces of this machine; what the kernel did is then a golden case in `folder`.
 * Answers a report when that failed. The namespaces end with the process, however it ends.
 */
export function recordOnKernel(plan: Plan, folder: string): Promise<CaseReport | undefined> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan, null, 1));
  return new Promise((resolve) => {
    const child = spawn('python3', [PROGRAM, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    let trouble = '';
    child.stderr.on('data', (data) => (trouble += data));
    child.on('error', (error) => resolve(failedReport(basename(folder), error.message)));
    child.on('close', (status) => {
      resolve(
        status === 0 ? undefined : failedReport(basename(folder), `not recorded: ${trouble.trimEnd()}`),
      );
    });
  });
}
