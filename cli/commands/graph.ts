import { type Command, Option } from 'commander';
import { drawingOf } from '../../report/drawing.ts';
import { printDot } from '../../report/graph-dot.ts';
import { printMermaid } from '../../report/graph-mermaid.ts';
import { resolve as resolvePlan } from '../../scenarios/index.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { ExitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import { readScenario } from '../read-scenario.ts';
import { linewiseJson } from '../results-text.ts';
import { addScenarioOptions, type ScenarioOptions } from '../scenario-options.ts';

interface GraphOptions extends ScenarioOptions {
  format: 'mermaid' | 'dot';
  json?: boolean;
}

/** `podwire graph FILE`: the cluster as a drawing that other programs lay out. */
export function addGraphCommand(program: Command, io: Io, setStatus: (status: ExitStatus) => void): void {
  const command = program
    .command('graph')
    .description('draw nodes, routers, LANs, cables and pods for Mermaid or Graphviz')
    .argument('<FILE>', 'scenario file, - for standard input')
    .addOption(
      new Option('--format <F>', 'language of the drawing').choices(['mermaid', 'dot']).default('mermaid'),
    );
  addScenarioOptions(command)
    .option('--json', 'print boxes and lines as JSON')
    .action(async (file: string, options: GraphOptions) => setStatus(await draw(file, options, io)));
}

async function draw(file: string, options: GraphOptions, io: Io): Promise<ExitStatus> {
  const loaded = await readScenario(file, options, io);
  printDiagnostics([...(loaded.errors ?? []), ...loaded.warnings], io.stderr);
  if (loaded.errors !== undefined) return ExitStatus.badInput;
  const drawing = drawingOf(resolvePlan(loaded.scenario, loaded.topology));
  if (options.json) io.stdout.write(linewiseJson({ ...drawing }));
  else io.stdout.write(options.format === 'dot' ? printDot(drawing) : printMermaid(drawing));
  return ExitStatus.ok;
}
