import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { runProgram } from '../../cli/program.ts';
import { FakeIo } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { mutated } from './mutate.ts';
import { shippedScenarios } from './shipped.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const texts = shippedScenarios
  // building its 10,000 pods takes longer than all else
  .filter(({ name }) => name !== 'hundred-nodes')
  .map(({ file }) => readFileSync(join(root, 'scenarios', file), 'utf8'));

/** Slices after which the user loses patience: a mutated scenario may well be one that runs for hours. */
const PATIENCE = 3;

/** Runs a command line like `podwire`; interrupts it when it goes on for long. */
async function runImpatiently(
  args: readonly string[],
  cwd: string,
  stdin: string,
): Promise<[number, string]> {
  const io = new FakeIo(cwd, stdin);
  let turns = 0;
  let done = false;
  const watch = () => {
    if (io.listening && ++turns >= PATIENCE) io.interrupt();
    if (!done) setImmediate(watch);
  };
  watch();
  const status = await runProgram(args, io);
  done = true;
  return [status, io.err];
}

describe('any scenario ends in a run or in a clear message', () => {
  test.prop([mutated(fc.constantFrom(...texts))], { numRuns: 120 })('mutated ones', async (text) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'here'));
    writeFileSync(join(folder, 'x'), 'precious');
    const [status, err] = await runImpatiently(
      ['run', '-', '--out', 'o', '--quiet'],
      join(folder, 'here'),
      text,
    );
    expect([0, 2, 99, 130], err).toContain(status);
    // what was refused says why, with its place or in words
    if (status === 2) expect(err).toMatch(/^(<stdin>:\d+:\d+: |podwire: )/m);
    expect(readdirSync(folder).sort()).toEqual(['here', 'x']);
    expect(readdirSync(join(folder, 'here')).filter((name) => name !== 'o')).toEqual([]);
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('precious');
    rmSync(folder, { recursive: true });
  });

  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }));
  test.prop([anyText], { numRuns: 200 })('any text at all is told to be none', async (text) => {
    const [status, err] = await runImpatiently(
      ['run', '-', '--out', 'o', '--quiet'],
      temporaryFolder(),
      text,
    );
    expect(status).toBe(2);
    expect(err).toMatch(/^(<stdin>:\d+:\d+: |podwire: )/);
  });

  const option = fc.tuple(
    fc.constantFrom(
      'traffic.across.every',
      'captures.0.file',
      'pods.web.replicas',
      '__proto__.x',
      'a[b',
      'x.y.z',
      '=',
    ),
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('../../x', '{a: &a [*a]}', '1e999', '"')),
  );
  test.prop([option], { numRuns: 200 })('settings of any kind', async ([path, value]) => {
    const folder = temporaryFolder();
    const file = join(root, 'scenarios/three-nodes.yaml');
    const args = ['run', file, '--out', 'o', '--quiet', '--stop', '10ms', '--set', `${path}=${value}`];
    const [status, err] = await runImpatiently(args, folder, '');
    expect([0, 2, 99, 130], err).toContain(status);
    expect(readdirSync(folder).filter((name) => name !== 'o')).toEqual([]);
  });
});
