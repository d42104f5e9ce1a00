// node tools/bundle.mjs FOLDER [NAME=FILE...]: the program in a few files, with further entries if some are named.
//
// Node takes a millisecond to load a module, and podwire with what it imports has a thousand: as a bundle a command starts
// in less than half the time. V8 also spends less on compiling it, as what is imported has to be fetched and checked at each
// use (docs/performance.md). Rolldown, because it leaves `const` what it is: made `var`, as esbuild does, constants are
// fetched from memory each time.
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

/** What is started by its name; workers are looked for beside whoever starts them. */
const entries = {
  main: 'cli/main.ts',
  'capture-worker': 'cli/capture-thread/capture-worker.ts',
  'study-worker': 'study/runner/study-worker.ts',
};
/** Read as it is, by `report/page/page.ts`. */
const beside = ['report/page/client.js'];
/** Starts workers of its own, from files of its own. */
const external = ['piscina'];

const [target, ...further] = process.argv.slice(2);
const folder = resolve(target);
const input = { ...entries, ...Object.fromEntries(further.map((entry) => entry.split('='))) };
const program = await rolldown({ cwd: root, input, platform: 'node', tsconfig: 'tsconfig.json', external });
await program.write({ dir: folder, format: 'esm', chunkFileNames: '[name].js' });
for (const file of beside)
  copyFileSync(join(root, file), join(folder, file.slice(file.lastIndexOf('/') + 1)));
