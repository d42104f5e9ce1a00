import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '../../scenarios/diagnostic.ts';
import { type LoadedStudy, loadStudy } from '../../study/load-study.ts';
import { type RunJob, runJob } from '../../study/run-job.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'scenarios/studies');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function load(file: string): LoadedStudy {
  const path = join(folder, file);
  const loaded = loadStudy(readFileSync(path, 'utf8'), file, (name) => ({
    text: readFileSync(join(dirname(path), name), 'utf8'),
    fileName: name,
  }));
  if (loaded.errors !== undefined) throw new Error(loaded.errors.map(formatDiagnostic).join('\n'));
  return loaded;
}

function job({ scenarioText, points }: LoadedStudy, point: number, settings: string[], seed = 1): RunJob {
  const all = [...points[point].settings, ...settings];
  const { files } = points[point];
  return { key: 'test', scenarioText, files, settings: all, seed, seriesEvery: null, pilot: false };
}

describe.each(files)('the shipped study %s', (file) => {
  const study = load(file);

  it('has a page that shows its figure', () => {
    const name = file.replace('.yaml', '');
    const page = readFileSync(join(root, `docs/study-${name}.md`), 'utf8');
    expect(page).toContain(`](figures/${name}.svg)`);
    expect(page).toContain(`podwire study scenarios/studies/${file}`);
    expect(existsSync(join(root, `docs/figures/${name}.svg`))).toBe(true);
    expect(study.warnings).toEqual([]);
  });

  it('measures all its figures at its first and at its last point', async () => {
    for (const point of [0, study.points.length - 1]) {
      const { metrics } = await runJob(job(study, point, ['stop=60ms', 'measure.warmup=0s']));
      for (const name of study.study.metrics)
        expect({ name, value: metrics[name] }).not.toEqual({ name, value: null });
    }
  });
});

describe('an uplink under random load', () => {
  // 32 us without waiting; M/D/1 with a service time of 10 us waits for 10 us * load / (2 * (1 - load))
  it.each([
    [50, 37],
    [70, 43.667],
  ])('delays as the queue M/D/1 does at %i %%', async (percent, theory) => {
    const study = load('offered-load.yaml');
    const point = study.points.findIndex(({ parameters }) => parameters.load === percent);
    const settings = ['stop=300ms', 'measure.warmup=20ms'];
    const runs = await Promise.all([1, 2, 3].map((seed) => runJob(job(study, point, settings, seed))));
    const mean = runs.reduce((sum, { metrics }) => sum + metrics['load.latency.mean']!, 0) / 3;
    expect(Math.abs(mean / 1000 - theory) / theory).toBeLessThan(0.03);
  });
});
