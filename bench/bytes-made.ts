import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { type BenchRow, rowsOf } from './bench-row.ts';
import { buildScenario } from './build-scenario.ts';
import { clusterScenario, SEND_INTERVAL } from './cluster-scenario.ts';

/** The modules without which no frame becomes bytes. */
const MAKERS = /^models\/wire\/(frame-bytes|zero-udp-frame|internet-checksum)\.ts$/;
/** How the bundler names a module at the start of what is its. */
const MODULE = /^\/\/ (\S+\.[a-z]+)$/gm;
const INTERVALS = 5;

/** How often a frame is made into bytes, by V8's count of calls: with everything captured, and with nothing. */
export function countBytesMade(): BenchRow[] {
  const size = { nodes: 3, pods: 3, stop: INTERVALS * SEND_INTERVAL };
  const captured = buildScenario(clusterScenario({ ...size, capture: { file: 'all.pcapng' } }), {
    openFile: () => () => {},
  });
  const unwatched = buildScenario(clusterScenario(size));
  return rowsOf('counters', 'frames made into bytes', [
    ['calls, everything captured', callsWhile(() => captured.run.run()), ''],
    ['calls, nothing captured', callsWhile(() => unwatched.run.run()), ''],
  ]);
}

function callsWhile(work: () => void): number {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    work();
    let calls = 0;
    session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const { url, functions } of coverage.result) {
        const makers = makersIn(url);
        for (const { ranges } of functions) {
          const { startOffset, count } = ranges[0];
          if (makers.some(([from, to]) => startOffset >= from && startOffset < to)) calls += count;
        }
      }
    });
    return calls;
  } finally {
    session.disconnect();
  }
}

/** Where in a file of the program these modules are. */
function makersIn(url: string): [from: number, to: number][] {
  if (!url.startsWith('file:')) return [];
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const modules = [...text.matchAll(MODULE)].map(({ 1: name, index }) => ({ name, from: index }));
  const parts = modules.map(({ name, from }, i) => ({ name, from, to: modules[i + 1]?.from ?? text.length }));
  return parts.filter(({ name }) => MAKERS.test(name)).map(({ from, to }) => [from, to]);
}
