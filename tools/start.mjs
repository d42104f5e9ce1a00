// npm start [-- FILE [options]]: install, build when sources changed, run the scenario.
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, program } from './build.mjs';
import { installDependencies, root, run } from './install.mjs';

const rooms = ['engine', 'models', 'scenarios', 'shell', 'study', 'report', 'cli'];

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (entry.name.endsWith('.ts')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

installDependencies();
const stamp = join(root, 'dist', '.built');
const newest = Math.max(
  ...rooms
    .map((room) => join(root, room))
    .filter(existsSync)
    .map(newestSource),
  statSync(join(root, 'package-lock.json')).mtimeMs,
);
if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) {
  console.error('building podwire ...');
  build();
  writeFileSync(stamp, '');
}
const given = process.argv.slice(2);
const args = given.length > 0 && !given[0].startsWith('-') ? given : ['scenarios/three-nodes.yaml', ...given];
// relative names count from where the user stands, not from the project
process.exit(
  run(process.execPath, [program, 'run', ...args], {
    cwd: given.length > 0 ? (process.env.INIT_CWD ?? process.cwd()) : root,
    allowFailure: true,
  }),
);
