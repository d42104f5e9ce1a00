import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('podwire init', () => {
  it('writes a scenario that is fine and runs', async () => {
    const folder = temporaryFolder();
    const { status, out } = await podwire(['init', 'first'], folder);
    expect(status).toBe(0);
    expect(out).toBe('wrote first.yaml; run it with: podwire run first.yaml\n');
    expect((await podwire(['validate', 'first.yaml'], folder)).out).toBe('first.yaml: fine\n');
    expect((await podwire(['run', 'first.yaml'], folder)).status).toBe(0);
  });

  it('does not replace a file without --force', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'mine.yaml'), 'precious');
    expect(await podwire(['init', 'mine'], folder)).toMatchObject({
      status: 2,
      err: 'podwire: mine.yaml is there already (--force replaces it)\n',
    });
    expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toBe('precious');
    expect((await podwire(['init', 'mine', '--force'], folder)).status).toBe(0);
    expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toContain('name: "mine"');
  });

  it.each(['../x', 'a/b', '', '-', 'x y', '/tmp/x', 'a\0b', '.hidden'])(
    'refuses the name %j',
    async (name) => {
      const folder = temporaryFolder();
      expect((await podwire(['init', '--', name], folder)).status).toBe(2);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('takes a name with its ending, and prints JSON', async () => {
    const { out } = await podwire(['init', 'a.yaml', '--json'], temporaryFolder());
    expect(JSON.parse(out)).toEqual({ file: 'a.yaml' });
  });
});

describe('podwire schema', () => {
  it.each([
    [['schema'], 'scenarios/scenario.schema.json'],
    [['schema', 'study'], 'scenarios/studies/study.schema.json'],
  ])('%j prints what is published as %s', async (args, file) => {
    const { status, out } = await podwire(args, temporaryFolder());
    expect(status).toBe(0);
    expect(out).toBe(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
  });
});
