// npm test, npm run golden, npm run bench: install what is missing, then run the tool named.
import { join } from 'node:path';
import { installDependencies, root, run } from './install.mjs';

installDependencies();
const [tool, ...args] = process.argv.slice(2);
const entry = {
  vitest: ['vitest', 'vitest.mjs'],
  tsx: ['tsx', 'dist', 'cli.mjs'],
}[tool];
process.exit(run(process.execPath, [join(root, 'node_modules', ...entry), ...args], { allowFailure: true }));
