import type { Command } from 'commander';
import type { LoadOptions } from '../scenarios/index.ts';

/** Options of every command that runs a scenario. */
export interface ScenarioOptions extends LoadOptions {
  set?: string[];
  seed?: string;
  stop?: string;
}

/** Adds `--seed`, `--stop` and `--set`, which change the scenario that was read. */
export function addScenarioOptions(command: Command): Command {
  return command
    .option('--seed <N>', 'replaces the seed of the scenario')
    .option('--stop <TIME>', 'replaces the time at which the run ends, such as 500ms')
    .option('--set <PATH=VALUE>', 'replaces a value, such as traffic.load.rate=5Mbit (repeatable)', collect);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
