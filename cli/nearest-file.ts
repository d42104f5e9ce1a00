import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { nearestName } from '../scenarios/nearest-name.ts';

/** The file beside `path` with the most similar name of those that `kind` fits, if one is similar. */
export function nearestFile(path: string, kind = /\.ya?ml$/): string | undefined {
  try {
    const files = readdirSync(dirname(path)).filter((name) => kind.test(name));
    return nearestName(basename(path), files);
  } catch {
    return undefined;
  }
}
