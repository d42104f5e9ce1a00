import type { ScenarioPath } from '../diagnostic.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import type { Topology } from '../topology/topology.ts';
import type { InputFiles } from './input-files.ts';
import { sizesKey } from './inputs.ts';
import { readSizes } from './size-file.ts';
import { readTrace } from './trace-file.ts';

/** Reads the files that traffic names into `topology.inputs`. */
export function readInputs(
  scenario: Scenario,
  topology: Topology,
  files: InputFiles,
  problems: Problems,
): void {
  for (const [name, traffic] of Object.entries(scenario.traffic)) {
    if (traffic.kind === 'trace') {
      const path = ['traffic', name, 'file'];
      const text = files.text(traffic.file, path, problems);
      const table = text && readTrace(text, traffic.file, traffic, topology, path, problems);
      if (table) topology.inputs.traces.set(name, table);
    }
    if (traffic.kind !== 'request') continue;
    for (const key of ['request', 'response'] as const) {
      const size = traffic[key];
      if (typeof size === 'number' || size.from === undefined) continue;
      const path = ['traffic', name, key, 'from'];
      readSizesInto(topology, size.from, files, path, problems);
    }
  }
}

function readSizesInto(
  { inputs }: Topology,
  { file, column }: { file: string; column?: string },
  files: InputFiles,
  path: ScenarioPath,
  problems: Problems,
): void {
  const key = sizesKey(file, column);
  if (inputs.sizes.has(key)) return;
  const text = files.text(file, [...path, 'file'], problems);
  const sizes = text === undefined ? undefined : readSizes(text, file, column, path, problems);
  if (sizes !== undefined) inputs.sizes.set(key, sizes);
}
