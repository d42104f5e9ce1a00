import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../study/journal.ts';
import type { RunRecord } from '../../study/run-job.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const record = (key: string, size = 1): RunRecord => ({
  key,
  metrics: { 'a.sent': size },
  fingerprint: 'x'.repeat(size),
  histograms: {},
  drops: [],
  series: [],
});

const fileWith = (...keys: string[]) => {
  const path = join(temporaryFolder(), 'journal.jsonl');
  const journal = new Journal(path);
  for (const key of keys) journal.append(record(key));
  journal.close();
  return path;
};

describe('the journal of a study', () => {
  it('gives back what was written, also when it is opened again', () => {
    const journal = new Journal(fileWith('aa', 'bb'));
    expect([journal.has('aa'), journal.has('cc')]).toEqual([true, false]);
    journal.append(record('cc', 3));
    expect(journal.read('cc')).toEqual(record('cc', 3));
    expect(journal.read('bb')).toEqual(record('bb'));
    journal.close();
  });

  it('forgets a line that was cut off, and writes on behind those that are whole', () => {
    const path = fileWith('aa', 'bb');
    const whole = statSync(path).size;
    appendFileSync(path, JSON.stringify(record('cc')).slice(0, 40));
    const journal = new Journal(path);
    expect(journal.has('cc')).toBe(false);
    expect(statSync(path).size).toBe(whole);
    journal.append(record('dd'));
    journal.close();
    expect(
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).key),
    ).toEqual(['aa', 'bb', 'dd']);
  });

  it('passes over lines that it has not written', () => {
    const path = fileWith('aa');
    appendFileSync(path, 'something else\n');
    const journal = new Journal(path);
    journal.append(record('bb'));
    expect(journal.read('bb')).toEqual(record('bb'));
    journal.close();
  });

  it('reads lines longer than the pieces that it reads', () => {
    const path = join(temporaryFolder(), 'journal.jsonl');
    const long = record('aa', 3_000_000);
    writeFileSync(path, `${JSON.stringify(long)}\n${JSON.stringify(record('bb'))}\n`);
    const journal = new Journal(path, 'read');
    expect(journal.read('aa')).toEqual(long);
    expect(journal.read('bb')).toEqual(record('bb'));
    journal.close();
  });
});
