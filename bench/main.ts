import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchContext } from './bench-context.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { compile, ROOT } from './compile.ts';
import { brokenLimits } from './limits.ts';
import { circumstances } from './machine.ts';
import { printResults } from './print-results.ts';
import type { Results } from './results.ts';
import { benchSmoke } from './smoke.ts';

const USAGE = `npm run bench [-- NAME... [options]]    benchmarks: ${Object.keys(BENCHMARKS).join(', ')}

  --case TEXT      only cases whose name contains it, such as "100 x 100"
  --runs N         measure each case N times and give medians
  --smoke          seconds: counters that do not depend on the machine, held against their limits
  --json FILE      write the results there
  --baseline FILE  compare with results written earlier (default: bench/baseline.json)
  --cpu-prof DIR   write a profile of every process there
`;

const options = {
  case: { type: 'string' },
  runs: { type: 'string' },
  smoke: { type: 'boolean' },
  json: { type: 'string' },
  baseline: { type: 'string' },
  'cpu-prof': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

class UsageError extends Error {}

function main(): number {
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const baseline = readBaseline(values.baseline);
  progress('compiling');
  const profiles = values['cpu-prof'] === undefined ? undefined : fromUser(values['cpu-prof']);
  const context: BenchContext = {
    processes: { compiled: compile(), profiles },
    runs: values.runs === undefined ? undefined : Number(values.runs),
    wants: (name) => name.includes(values.case ?? ''),
    progress,
    failures: [],
  };
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
  const rows = values.smoke ? benchSmoke(context) : names.flatMap((name) => BENCHMARKS[name](context));
  const results: Results = { ...circumstances(), rows };
  process.stdout.write(printResults(results, baseline));
  if (values.json !== undefined) {
    writeFileSync(fromUser(values.json), `${JSON.stringify(results, null, 1)}\n`);
  }
  const problems = context.failures.map((failure) => `failed: ${failure}`);
  if (values.smoke) problems.push(...brokenLimits(rows).map((limit) => `limit broken: ${limit}`));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length > 0 ? 1 : 0;
}

/** @throws UsageError */
function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const unknown = positionals.filter((name) => !Object.hasOwn(BENCHMARKS, name));
    if (unknown.length > 0) throw new UsageError(`no benchmark is called ${unknown.join(' or ')}`);
    if (!/^[1-9]\d{0,3}$/.test(values.runs ?? '1')) throw new UsageError('--runs takes a number of runs');
    return { values, positionals };
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

function readBaseline(file: string | undefined): Results | undefined {
  const path = file === undefined ? join(ROOT, 'bench', 'baseline.json') : fromUser(file);
  if (file === undefined && !existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Relative names count from where the user stands: npm changes to the project's folder. */
function fromUser(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

function progress(text: string): void {
  process.stderr.write(`${text} ...\n`);
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
