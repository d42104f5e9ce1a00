import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../cli/program.ts';
import { StudyProgressLine } from '../../cli/study-progress.ts';
import { SCENARIO, STUDY } from '../study/study-file.ts';
import { FakeIo, podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'two-nodes.yaml'), SCENARIO);
  writeFileSync(join(folder, 'study.yaml'), STUDY);
});

const study = (...args: string[]) =>
  podwire(['study', 'study.yaml', '--workers', '0', '--quiet', ...args], folder);

describe('podwire study', () => {
  it('prints the figures of every point and writes them to out/NAME', async () => {
    const { status, out, err } = await study();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('6 points, 18 runs; means with their 95% confidence intervals');
    expect(out).toMatch(/3000\/s +1000B +3 +\d+(\.\d+)? ms ± .* 5\d\.\d+% ± /);
    expect(readdirSync(join(folder, 'out/small')).sort()).toEqual([
      'journal.jsonl',
      'points.csv',
      'runs.csv',
      'runs.jsonl',
      'runs.parquet',
      'study.json',
    ]);
    const points = readFileSync(join(folder, 'out/small/points.csv'), 'utf8').split('\n');
    expect(points[0]).toBe(
      'rate,size,runs,warmup,precise,load.latency.p99,load.latency.p99 half width,load.loss,load.loss half width',
    );
    expect(points).toHaveLength(8);
  });

  it('prints JSON whose commands give the very runs', async () => {
    const { out } = await study('--json');
    const { points, complete } = JSON.parse(out);
    expect(complete).toBe(true);
    const { command, estimates, seeds } = points[3];
    expect(command).toBe(
      `podwire run two-nodes.yaml --seed ${seeds[0]} --set traffic.load.rate=1500/s --set traffic.load.size=1000B`,
    );
    const rates: number[] = [];
    for (const seed of seeds) {
      const again = command.replace(String(seeds[0]), seed).split(' ').slice(1);
      const { flows } = JSON.parse((await podwire([...again, '--json'], folder)).out);
      rates.push(flows[0].throughput);
    }
    expect(rates.reduce((sum, rate) => sum + rate, 0) / 3).toBeCloseTo(estimates['load.throughput'].mean, 3);
  });

  it('finds a scenario from its own folder on, or where its path says from the root on', async () => {
    for (const scenario of ['../two-nodes.yaml', join(folder, 'two-nodes.yaml')]) {
      mkdirSync(join(folder, 'studies'), { recursive: true });
      writeFileSync(
        join(folder, 'studies/study.yaml'),
        STUDY.replace('scenario: two-nodes.yaml', `scenario: ${scenario}`).replace(', 1500/s, 3000/s', ''),
      );
      const { status, err } = await podwire(
        ['study', 'studies/study.yaml', '--workers', '0', '--quiet', '--out', `out/${scenario.length}`],
        folder,
      );
      expect({ status, err }).toEqual({ status: 0, err: '' });
    }
  });

  it('tells what is wrong with status 2, and touches nothing', async () => {
    writeFileSync(join(folder, 'study.yaml'), STUDY.replace('1500/s', '1500'));
    const { status, err } = await study();
    expect(status).toBe(2);
    expect(err).toMatch(/^study\.yaml:4:\d+: 1500 has no unit/);
    expect(existsSync(join(folder, 'out'))).toBe(false);
    writeFileSync(join(folder, 'study.yaml'), STUDY.replace('two-nodes', 'two-node'));
    expect((await study()).err).toContain(
      'study.yaml:2:11: cannot read two-node.yaml: no such file or directory (did you mean "two-nodes.yaml"?)',
    );
    expect((await podwire(['study', 'study.yaml', '--workers', 'many'], folder)).status).toBe(2);
  });

  it('is stopped by Ctrl-C with the figures so far and status 130, and goes on from there', async () => {
    const io = new FakeIo(folder, '', true);
    const endless = STUDY.replace('replications: 3', 'replications: 9000');
    writeFileSync(join(folder, 'study.yaml'), endless);
    io.onProgress = () => {
      if (io.err.includes('left')) io.interrupt();
    };
    const status = await runProgram(['study', 'study.yaml', '--workers', '0'], io);
    expect(status).toBe(130);
    expect(io.err).toMatch(/\r░+ 0% {2}\d+ of 54000 runs, .* left/);
    expect(io.out).toContain('small  incomplete');
    const { complete, points } = JSON.parse(readFileSync(join(folder, 'out/small/study.json'), 'utf8'));
    expect(complete).toBe(false);
    const done = points.flatMap(({ runs }: { runs: unknown[] }) => runs).length;
    expect(done).toBeGreaterThan(0);
    const lines = readFileSync(join(folder, 'out/small/runs.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(done);
    expect(io.listening).toBe(false);
  });
});

describe('progress of a study', () => {
  it('counts runs, and judges the time left by those that it has run itself', () => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
    try {
      const io = new FakeIo('/');
      const line = new StudyProgressLine(io.stderr, 'small');
      line.update({ done: 20, total: 100, kept: 20 });
      vi.advanceTimersByTime(5500);
      expect(io.err).toBe('small: 20%  20 of 100 runs, 20 of them known\n');
      line.update({ done: 30, total: 100, kept: 20 });
      io.err = '';
      vi.advanceTimersByTime(5000);
      line.end();
      expect(io.err).toBe('small: 30%  30 of 100 runs, 20 of them known, 1 min 10 s left\n');
    } finally {
      vi.useRealTimers();
    }
  });
});
