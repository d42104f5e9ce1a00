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

/** How often a case is run before its disagreement counts. */
const ATTEMPTS = 3;
/** Smaller plans that are tried at the same time. */
const SHRINK_JOBS = 6;

interface Flags {
  seed: string;
  cases: string;
  case?: string;
  jobs: string;
  keep?: string;
  seconds: string;
  shrink: boolean;
  all: boolean;
  tolerate: string;
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
  const failed = reports.filter(({ verdict }) => verdict === 'failed').length;
  return 100 * failed > Number(flags.tolerate) * reports.length ? 1 : 0;
}

function commandLine(): Command {
  return new Command('oracle')
    .description('Builds random networks in real namespaces and in the simulator, and compares what happens.')
    .option('--seed <seed>', 'seed of the random cases', String(Date.now() % 1e6))
    .option('--cases <n>', 'how many', '300')
    .option('--case <k>', 'only the case of this number')
    .option('--jobs <n>', 'cases at the same time', String(6 * cpus().length))
    .option('--seconds <s>', 'begin no further case after this time', '3600')
    .option('--keep <dir>', 'keep the recorded cases here, in the form of golden cases')
    .option('--shrink', 'leave out what a disagreement does not need', false)
    .option(
      '--tolerate <percent>',
      'cases that may disagree, as late timers of a busy machine make some',
      '0',
    )
    .option('--all', 'print every difference, and the cases that agree', false);
}

/** Runs the cases, several at a time: they mostly wait. Reports come in the order in which cases end. */
async function runCases(flags: Flags, folder: string): Promise<CaseReport[]> {
  const { seed, all } = flags;
  const count = Number(flags.cases);
  const numbers =
    flags.case === undefined ? Array.from({ length: count }, (_, k) => k) : [Number(flags.case)];
  const reports: CaseReport[] = [];
  const deadline = Date.now() + Number(flags.seconds) * 1000;
  console.log(`live oracle: ${numbers.length} cases, seed ${seed}`);
  const worker = async () => {
    while (numbers.length > 0 && Date.now() < deadline) {
      const number = numbers.shift()!;
      const report = await runCase(randomPlan(seed, number), join(folder, `${seed}-${number}`), flags.shrink);
      reports.push(report);
      if (report.verdict === 'passed' && !all) continue;
      for (const line of reportLines(report, all)) console.log(line);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(flags.jobs)) }, worker));
  if (numbers.length > 0) console.log(`${numbers.length} cases were not begun: ${flags.seconds} s were over`);
  return reports;
}

/** A disagreement counts when it happens every time: on a busy machine a timer may be late by chance. */
async function runCase(plan: Plan, folder: string, shrink: boolean): Promise<CaseReport> {
  let report = await runPlan(plan, folder);
  for (let attempt = 1; attempt < ATTEMPTS && report.verdict === 'failed'; attempt++) {
    report = await runPlan(plan, `${folder}-again${attempt}`);
  }
  if (report.verdict !== 'failed' || !shrink) return report;
  const fails = async (candidate: Plan, attempt: number) =>
    (await runPlan(candidate, `${folder}-trial${attempt}`)).verdict === 'failed';
  return runPlan(await shrinkPlan(plan, fails, SHRINK_JOBS), `${folder}-small`);
}

async function runPlan(plan: Plan, folder: string): Promise<CaseReport> {
  try {
    return (await recordOnKernel(timePlan(plan), folder)) ?? judgeFolder(folder);
  } catch (error) {
    return failedReport(basename(folder), String(error instanceof Error ? error.stack : error));
  }
}

process.exitCode = await main(process.argv.slice(2));
