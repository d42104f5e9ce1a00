import { formatDiagnostic } from '../../scenarios/diagnostic.ts';
import type { ReadFile } from '../../scenarios/input/input-files.ts';
import { type FaultyStudy, type LoadedStudy, loadStudy } from '../../study/load-study.ts';

/** A scenario whose runs take a few milliseconds. */
export const SCENARIO = `name: two-nodes
stop: 100ms
cluster:
  defaults: { rate: 10Mbit, queue: 20 packets }
  nodes:
    node[1-2]: { address: 192.168.1.11/24 }
pods:
  web: { replicas: 2 }
traffic:
  load: { kind: udp, from: pod/web-0, to: pod/web-1, arrivals: poisson, rate: 200/s, size: 500 B }
`;

export const STUDY = `name: small
scenario: two-nodes.yaml
parameters:
  rate: { set: traffic.load.rate, values: [500/s, 1500/s, 3000/s] }
  size: { set: traffic.load.size, values: [200B, 1000B] }
replications: 3
metrics: [load.latency.p99, load.loss]
`;

export function load(text: string, scenario = SCENARIO, readFile?: ReadFile): LoadedStudy | FaultyStudy {
  return loadStudy(text, 'study.yaml', (fileName) =>
    fileName === 'two-nodes.yaml'
      ? { text: scenario, fileName, readFile }
      : { problem: `there is no ${fileName}` },
  );
}

export function loadValid(text: string, scenario = SCENARIO, readFile?: ReadFile): LoadedStudy {
  const loaded = load(text, scenario, readFile);
  if (loaded.errors !== undefined) throw new Error(loaded.errors.map(formatDiagnostic).join('\n'));
  return loaded;
}

/** What is wrong with a study, as the command line prints it. */
export function errorsOf(text: string, scenario = SCENARIO): string[] {
  return (load(text, scenario).errors ?? []).map(formatDiagnostic);
}
