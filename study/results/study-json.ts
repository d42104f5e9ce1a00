import type { StudyResults } from './read-results.ts';

/** The figures of a study for programs. Times in nanoseconds, rates in bit/s. */
export function studyJson({ manifest, points }: StudyResults) {
  const { format, complete, name, title, code, confidence, scenarioFile, metrics, kinds } = manifest;
  return {
    ...{ format, complete, name, title, code, confidence, scenario: scenarioFile, metrics, kinds },
    points: points.map(({ parameters, runs, precise, warmup, settled, estimates, drops, command }) => ({
      parameters,
      seeds: runs.map(({ seed }) => seed),
      ...{ precise, warmup, settled, estimates, drops, command },
    })),
  };
}
