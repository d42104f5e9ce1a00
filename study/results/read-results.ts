import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../journal.ts';
import type { RunRecord } from '../run-job.ts';
import { MANIFEST_FORMAT, type Manifest } from './manifest.ts';
import { type PointResults, PointResultsBuilder } from './point-results.ts';
import { JOURNAL_FILE, MANIFEST_FILE } from './result-files.ts';

/** Everything that a report shows of a study. */
export interface StudyResults {
  manifest: Manifest;
  /** In the order of the study. */
  points: PointResults[];
}

/** A folder that holds no results, or none that this version reads. */
export class UnreadableResults extends Error {}

/**
 * Reads the results of a study from its folder.
 * @throws UnreadableResults, or what the file system says
 */
export function readResults(folder: string): StudyResults {
  const manifest = parseManifest(readFileSync(join(folder, MANIFEST_FILE), 'utf8'));
  const journal = new Journal(join(folder, JOURNAL_FILE), 'read');
  try {
    const points = manifest.points.map((point) => {
      const builder = new PointResultsBuilder(point, manifest);
      for (const { key } of point.runs) builder.add(recordOf(journal, key));
      return builder.build();
    });
    return { manifest, points };
  } finally {
    journal.close();
  }
}

function parseManifest(text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.format === MANIFEST_FORMAT) return manifest;
  } catch {
    // told below
  }
  throw new UnreadableResults(`${MANIFEST_FILE} is not one that this version of podwire reads`);
}

function recordOf(journal: Journal, key: string): RunRecord {
  if (!journal.has(key)) throw new UnreadableResults(`${JOURNAL_FILE} lacks the run ${key}`);
  return journal.read(key);
}
