import { join } from 'node:path';
import type { PointOutcome } from '../conduct.ts';
import { Journal } from '../journal.ts';
import type { LoadedStudy } from '../load-study.ts';
import { type ManifestFacts, manifestOf } from './manifest.ts';
import { pointTable } from './point-table.ts';
import { readResults, type StudyResults } from './read-results.ts';
import { JOURNAL_FILE, MANIFEST_FILE } from './result-files.ts';
import { runTable } from './run-table.ts';
import { csv, jsonLines, parquet } from './table.ts';
import { writeWhole } from './write-whole.ts';

const POINTS_FILE = 'points.csv';
/** Files that `writeResults` writes. */
export const RESULT_FILES = ['runs.jsonl', 'runs.csv', 'runs.parquet', POINTS_FILE, MANIFEST_FILE];

/**
 * Writes the tables of a study beside its journal, and puts that in order: the same study gives the same
 * bytes, in whatever order its runs have ended.
 * @returns what a report shows of it
 */
export function writeResults(
  folder: string,
  loaded: LoadedStudy,
  outcomes: readonly PointOutcome[],
  facts: ManifestFacts,
): StudyResults {
  const write = (name: string, content: string | Uint8Array) => writeWhole(join(folder, name), content);
  arrangeJournal(join(folder, JOURNAL_FILE), outcomes);
  const runs = runTable(outcomes, [...loaded.metrics.keys()]);
  write('runs.jsonl', jsonLines(runs));
  write('runs.csv', csv(runs));
  write('runs.parquet', parquet(runs));
  write(MANIFEST_FILE, `${JSON.stringify(manifestOf(loaded, outcomes, facts))}\n`);
  const results = readResults(folder);
  write(POINTS_FILE, csv(pointTable(results)));
  return results;
}

function arrangeJournal(path: string, outcomes: readonly PointOutcome[]): void {
  const journal = new Journal(path, 'read');
  const keys = outcomes.flatMap(({ runs }) => runs.map(({ key }) => key));
  const arranged = journal.arranged(keys);
  journal.close();
  writeWhole(path, arranged);
}
