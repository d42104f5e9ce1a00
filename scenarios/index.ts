export { type Diagnostic, formatDiagnostic } from './diagnostic.ts';
export { fullScenario, printFullScenario } from './full.ts';
export { printJsonSchema, scenarioJsonSchema } from './json-schema.ts';
export { type FaultyScenario, type LoadedScenario, type LoadOptions, loadScenario } from './loader.ts';
export { type ClusterPlan, resolve } from './plan.ts';
export type { Scenario } from './schema/scenario.ts';
export { scenarioTemplate } from './template.ts';
