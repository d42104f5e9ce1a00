import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { closingLine, reportLines } from '../../golden/print-report.ts';
import { type CaseReport, failedReport } from '../../golden/run-case.ts';
import { judgeFolder } from './judge.ts';
import { obstacle } from './obstacle.ts';
import type { Plan } from './plan.ts';
import { randomPlan } from './random-plan.ts';
import { recordOnKernel } from './record-on-kernel.ts';
import { shrinkPlan } from './shrink.ts';
import { timePlan } from './time-plan.ts';

interface Flags {
  seed: string;
  cases: string;
  case?: string;
  jobs: string;
  keep?: string;
  shrink: boolean;
  all: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const program = commandLine();
  program.parse(args, { from: 'user' });
  const flags = program.opts<Flags>();
  const reason = obstacle();
  if (reason !== undefined) {
    console.log(`live oracle skipped: ${reason}`);
    return 0;
  }
  const folder = flags.keep ?? mkdtempSync(join(tmpdir(), 'podwire-oracle-'));
  const reports = await runCases(flags, folder);
  if (flags.keep === undefined) rmSync(folder, { recursive: true, force: true });
  console.log(`seed ${flags.seed}: ${closingLine(reports)}`);
  return reports.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
}

function commandLine(): Command {
  return new Command('oracle')
    .description('Builds random networks in real namespaces and in the simulator, and compares what happens.')
    .option('--seed <seed>', 'seed of the random cases', String(Date.now() % 1e6))
    .option('--cases <n>', 'how many', '300')
    .option('--case <k>', 'only the case of this number')
    .option('--jobs <n>', 'cases at the same time', String(6 * cpus().length))
    .option('--keep <dir>', 'keep the recorded cases here, in the form of golden cases')
    .option('--shrink', 'leave out what a disagreement does not need', false)
    .option('--all', 'print every difference, and the cases that agree', false);
}

/** Runs the cases, several at a time: they mostly wait. Reports come in the order in which cases end. */
async function runCases(flags: Flags, folder: string): Promise<CaseReport[]> {
  const { seed, all } = flags;
  const numbers =
    flags.case === undefined
      ? Array.from({ length: Number(flags.cases) }, (_, k) => k)
      : [Number(flags.case)];
  const reports: CaseReport[] = [];
  console.log(`live oracle: ${numbers.length} cases, seed ${seed}`);
  const worker = async () => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      let plan = randomPlan(seed, number);
      let report = await runPlan(plan, join(folder, `${seed}-${number}`));
      if (report.verdict === 'failed' && flags.shrink) {
        const trial = (attempt: number) => join(folder, `${seed}-${number}-trial${attempt}`);
        const fails = async (candidate: Plan, attempt: number) =>
          (await runPlan(candidate, trial(attempt))).verdict === 'failed';
        plan = await shrinkPlan(plan, fails, 6);
        report = await runPlan(plan, join(folder, `${seed}-${number}-small`));
      }
      reports.push(report);
      if (report.verdict !== 'passed' || all) for (const line of reportLines(report, all)) console.log(line);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(flags.jobs)) }, worker));
  return reports;
}

async function runPlan(plan: Plan, folder: string): Promise<CaseReport> {
  try {
    return (await recordOnKernel(timePlan(plan), folder)) ?? judgeFolder(folder);
  } catch (error) {
    return failedReport(basename(folder), String(error instanceof Error ? error.stack : error));
  }
}

process.exitCode = await main(process.argv.slice(2));
