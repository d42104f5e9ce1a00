import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderSchemaReference, scenarioReference, studyReference } from '../../report/schema-reference.ts';
import { scenarioJsonSchema } from '../../scenarios/index.ts';
import { studyJsonSchema } from '../../study/json-schema.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Document, type Example, examplesOf, root } from './document.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/scenario-language.md',
  'docs/scenario-keys.md',
  'docs/studies.md',
  'docs/study-offered-load.md',
  'docs/study-mtu.md',
  'docs/study-routes.md',
  'docs/architecture.md',
  'docs/limitations.md',
  'docs/node-costs.md',
].map((file) => new Document(file));
const [readme] = pages;

/** What no two runs share: wall time and speed. */
function masked(output: string): string {
  return output
    .replace(/ in .* of wall time, built in .*/g, ' in ...')
    .replace(/^ {2}speed .*/gm, '  speed ...');
}

async function tryOut({ command, output }: Example, folder: string): Promise<Example> {
  const words = command.split(/\s+/);
  expect(words.slice(0, 2)).toEqual(['npx', 'podwire']);
  const { out, err } = await podwire(words.slice(2), folder);
  return { command, output: masked(err + out) === masked(output) ? output : err + out };
}

describe('the README', () => {
  // accept what they print now with: npm test -- test/docs -u
  it('shows what its commands print', async () => {
    const folder = temporaryFolder();
    symlinkSync(join(root, 'scenarios'), join(folder, 'scenarios'));
    for (const { text } of readme.of('yaml')) writeFileSync(join(folder, /^# (\S+)/.exec(text)![1]), text);
    let text = readme.text;
    for (const block of readme.of('console')) {
      const tried: Example[] = [];
      for (const example of examplesOf(block)) tried.push(await tryOut(example, folder));
      const now = tried.map(({ command, output }) => `$ ${command}\n${output}`).join('');
      text = text.replace(block.text, () => now);
    }
    await expect(text).toMatchFileSnapshot(join(root, 'README.md'));
  });

  it('has a library example that runs', () => {
    const [{ text }] = readme.of('ts');
    const folder = temporaryFolder();
    const file = join(folder, 'example.ts');
    const source = text.replace(
      /'podwire\/(\w+)'/g,
      (_, room) => `'${pathToFileURL(join(root, room, 'index.ts'))}'`,
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(file, source);
    const loader = import.meta.resolve('tsx');
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', loader, file], { encoding: 'utf8' });
    const promised = [...text.matchAll(/^\/\/ prints: (.*)$/gm)].map((match) => match[1]);
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual(promised);
  });
});

describe.each(pages)('$file', (page) => {
  it('links to files that are there', () => {
    for (const link of page.links()) {
      expect({ link, there: existsSync(join(root, dirname(page.file), link)) }).toEqual({
        link,
        there: true,
      });
    }
  });

  it('names files that are there', () => {
    const names = [
      ...page.text.matchAll(/`((?:engine|models|scenarios|shell|study|report|cli|test|docs)\/[\w./-]+)`/g),
    ];
    for (const [, name] of names) {
      expect({ name, there: existsSync(join(root, name)) }).toEqual({ name, there: true });
    }
  });

  it('has scenarios that run', async () => {
    for (const { text } of page
      .of('yaml')
      .filter((block) => /^name:/m.test(block.text) && !/^parameters:/m.test(block.text))) {
      const { status, err } = await podwire(['run', '-', '--quiet'], temporaryFolder(), text);
      expect({ status, err }).toEqual({ status: 0, err: '' });
    }
  });
});

it.each([
  ['docs/scenario-keys.md', renderSchemaReference(scenarioJsonSchema(), scenarioReference)],
  ['docs/study-keys.md', renderSchemaReference(studyJsonSchema(), studyReference)],
])('%s is made of the schema', async (file, page) => {
  await expect(page).toMatchFileSnapshot(join(root, file));
});

it('every room that the package exports is there', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  for (const target of Object.values(manifest.exports)) {
    const file = typeof target === 'string' ? target : target.default;
    const source = file.replace(/^\.\/dist\/(.*)\.js$/, './$1.ts');
    expect({ source, there: existsSync(join(root, source)) }).toEqual({ source, there: true });
  }
});
