import { fc } from '@fast-check/vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { mutated } from '/work/main/test/e2e/mutate.ts';
import { FakeIo } from '/work/main/test/support/fake-io.ts';
import { runProgram } from '/work/main/cli/program.ts';
import { it } from 'vitest';
it('x', async () => {
const texts = readdirSync('/work/main/scenarios').filter(f => f.endsWith('.yaml') && !f.startsWith('hundred')).map(f => readFileSync('/work/main/scenarios/' + f, 'utf8'));
const stat: Record<string, number> = {}; let slow: [number, string][] = []; const t0 = performance.now();
for (const text of fc.sample(mutated(fc.constantFrom(...texts)), 1500)) {
  const io = new FakeIo('/tmp/fzz', text); let turns = 0, done = false;
  const w = () => { if (io.listening && ++turns >= 3) io.interrupt(); if (!done) setImmediate(w); }; w();
  const t = performance.now();
  const s = await runProgram(['run', '-', '--out', 'o', '--quiet'], io); done = true;
  stat[s] = (stat[s] ?? 0) + 1; const d = performance.now() - t; slow.push([d, s + ' ' + io.err.slice(0, 150)]);
  if (s === 1) { console.log(io.err); }
  if (d > 1000) require('fs').writeFileSync('/tmp/slow' + Math.round(d) + '.yaml', text);
}
slow.sort((a, b) => b[0] - a[0]); console.log(stat, slow.slice(0, 12), performance.now() - t0);
}, 600000);
