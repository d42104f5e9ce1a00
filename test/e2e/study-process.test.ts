import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SCENARIO, STUDY } from '../study/study-file.ts';
import { buildProgram } from '../support/built-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const children: ChildProcess[] = [];
let main = '';

beforeAll(() => {
  main = buildProgram('study');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function folderWithStudy(text: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'two-nodes.yaml'), SCENARIO);
  writeFileSync(join(folder, 'study.yaml'), text);
  return folder;
}

function start(folder: string, workers: number) {
  const args = [main, 'study', 'study.yaml', '--workers', `${workers}`, '--quiet'];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  children.push(child);
  return { child, ended: once(child, 'close') as Promise<[number | null, string | null]> };
}

/** Lines that the journal of the study holds by now. */
function journalLines(folder: string): number {
  const file = join(folder, 'out/small/journal.jsonl');
  return existsSync(file) ? readFileSync(file, 'latin1').split('\n').length - 1 : 0;
}

async function untilJournalHas(folder: string, lines: number): Promise<void> {
  while (journalLines(folder) < lines) await new Promise((resume) => setTimeout(resume, 5));
}

function filesOf(folder: string): Record<string, string> {
  const out = join(folder, 'out/small');
  const names = readdirSync(out).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name), 'base64')]));
}

describe('a study as a process', () => {
  it('gives the same bytes when it has been killed and started again', async () => {
    const text = STUDY.replace('replications: 3', 'replications: 20');
    const folder = folderWithStudy(text);
    const { child, ended } = start(folder, 2);
    await untilJournalHas(folder, 5);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const done = journalLines(folder);
    expect(done).toBeLessThan(120);
    expect(existsSync(join(folder, 'out/small/runs.jsonl'))).toBe(false);
    await start(folder, 0).ended;
    const other = folderWithStudy(text);
    await start(other, 0).ended;
    expect(filesOf(folder)).toEqual(filesOf(other));
  });

  it('ends on SIGINT with the results so far and status 130', async () => {
    const folder = folderWithStudy(STUDY.replace('replications: 3', 'replications: 9000'));
    const { child, ended } = start(folder, 2);
    await untilJournalHas(folder, 5);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    const runs = readFileSync(join(folder, 'out/small/runs.jsonl'), 'utf8').trimEnd().split('\n');
    expect(runs.length).toBeGreaterThanOrEqual(5);
    expect(runs.length).toBe(journalLines(folder));
  });
});
