import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { nearestName } from '../scenarios/nearest-name.ts';

/** The YAML file beside `path` with the most similar name, if one is similar. */
export function nearestFile(path: string): string | undefined {
  try {
    const files = readdirSync(dirname(path)).filter((name) => /\.ya?ml$/.test(name));
    return nearestName(basename(path), files);
  } catch {
    return undefined;
  }
}
