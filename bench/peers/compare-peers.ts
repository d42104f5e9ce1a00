import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type BenchContext, repeat } from '../bench-context.ts';
import { type BenchRow, rowsOf } from '../bench-row.ts';
import { CHAIN_INTERVAL, chainScenario } from '../chain-scenario.ts';
import { clusterScenario, SEND_INTERVAL } from '../cluster-scenario.ts';
import { ROOT } from '../compile.ts';
import { inFreshProcess } from '../fresh-process.ts';
import { median } from '../median.ts';
import { perSecond, type RunPart } from '../run-part.ts';

/** One workload in both simulators. Where the start-up is not to count, each gets as much as takes it seconds. */
interface PeerCase {
  name: string;
  scenario: string;
  program: 'cluster' | 'chain';
  arguments: string[];
}

const RUNS = 5;
/** What `build.sh` ends with when ns-3 is not installed. */
const NOT_INSTALLED = 3;

const CASES: PeerCase[] = [
  clusterCase('cluster 10 x 10, long', { nodes: 10, pods: 10 }, 80_000, 2000),
  clusterCase('cluster 100 x 100, 50 datagrams each', { nodes: 100, pods: 100 }, 50, 50),
  ...[1, 4, 16].map((routers) => chainCase(routers, 6_000_000 / (routers + 1), 400_000 / (routers + 1))),
];

/** The same workloads in ns-3, run by turns with ours: datagrams delivered in a second of wall time. */
export function comparePeers(context: BenchContext): BenchRow[] {
  const folder = join(context.processes.compiled, 'peers');
  const version = buildPrograms(folder, context);
  if (version === undefined) return [];
  return CASES.filter(({ name }) => context.wants(name)).flatMap((one) => {
    const runs = repeat(context, `peers: ${one.name}`, context.runs ?? RUNS, () => ({
      ours: inFreshProcess(context.processes, 'whole-run', { scenario: one.scenario }),
      theirs: runProgram(join(folder, one.program), one.arguments),
    }));
    return runs.length === 0 ? [] : peerRows(one.name, `ns-3 ${version}`, runs);
  });
}

function clusterCase(
  name: string,
  size: { nodes: number; pods: number },
  ours: number,
  theirs: number,
): PeerCase {
  const scenario = clusterScenario({ ...size, packets: ours, stop: (ours + 1) * SEND_INTERVAL });
  const { nodes, pods } = size;
  return {
    name,
    scenario,
    program: 'cluster',
    arguments: [`--nodes=${nodes}`, `--pods=${pods}`, `--packets=${theirs}`],
  };
}

function chainCase(routers: number, ours: number, theirs: number): PeerCase {
  const [packets, fewer] = [Math.round(ours), Math.round(theirs)];
  return {
    name: `chain of ${routers}, long`,
    scenario: chainScenario({ routers, packets, stop: packets * CHAIN_INTERVAL + 1e7 }),
    program: 'chain',
    arguments: [`--routers=${routers}`, `--packets=${fewer}`],
  };
}

/** Answers the version of ns-3; undefined when it is not there, which the script has said. */
function buildPrograms(folder: string, context: BenchContext): string | undefined {
  context.progress('building the programs for ns-3');
  const script = join(ROOT, 'bench', 'peers', 'build.sh');
  const { error, status, stdout } = spawnSync('sh', [script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status === NOT_INSTALLED) return undefined;
  if (status !== 0) throw new Error('the programs for ns-3 do not compile');
  return stdout.trim();
}

function runProgram(path: string, options: string[]): RunPart {
  const { error, status, stdout } = spawnSync(path, options, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${path} ${options.join(' ')}: ended with status ${status}`);
  return JSON.parse(stdout);
}

function peerRows(name: string, peer: string, runs: { ours: RunPart; theirs: RunPart }[]): BenchRow[] {
  const ours = runs.map((run) => perSecond(run.ours.delivered, run.ours));
  const theirs = runs.map((run) => perSecond(run.theirs.delivered, run.theirs));
  const perProcessor = (parts: RunPart[]) => median(parts.map((part) => part.delivered / part.processor));
  const processor = perProcessor(runs.map((run) => run.ours)) / perProcessor(runs.map((run) => run.theirs));
  const [oursRow, theirsRow, ...ratios] = rowsOf('peers', name, [
    ['delivered, podwire', median(ours), '/s'],
    [`delivered, ${peer}`, median(theirs), '/s'],
    ['ratio of medians', median(ours) / median(theirs), 'x'],
    ['ratio by processor time', processor, 'x'],
  ]);
  return [{ ...oursRow, runs: ours }, { ...theirsRow, runs: theirs }, ...ratios];
}
