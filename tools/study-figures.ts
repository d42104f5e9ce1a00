/**
 * Runs the shipped studies and writes their figures to docs/figures: `npm run figures`, or with names of
 * studies behind it. Results stay in out/studies, so that only what has changed is run again.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processIo } from '../cli/process-io.ts';
import { runProgram } from '../cli/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const shipped = readdirSync(`${root}scenarios/studies`).filter((name) => name.endsWith('.yaml'));
const wanted = process.argv.slice(2);

process.chdir(root);
mkdirSync('docs/figures', { recursive: true });
for (const name of shipped.map((file) => basename(file, '.yaml'))) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const out = `out/studies/${name}`;
  const studied = await runProgram(['study', `scenarios/studies/${name}.yaml`, '--out', out], processIo());
  const figure = `docs/figures/${name}.svg`;
  process.exitCode = studied || (await runProgram(['report', out, '--figure', figure], processIo()));
  if (process.exitCode !== 0) break;
}
