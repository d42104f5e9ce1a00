import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SCENARIO, STUDY } from '../study/study-file.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'two-nodes.yaml'), SCENARIO);
  writeFileSync(join(folder, 'study.yaml'), STUDY.replace('replications: 3', 'replications: 2'));
});

const report = (...args: string[]) => podwire(['report', 'out/small', ...args], folder);
const study = () => podwire(['study', 'study.yaml', '--workers', '0'], folder);
const page = (name = 'out/small/report.html') => readFileSync(join(folder, name), 'utf8');

describe('podwire report of a study', () => {
  it('prints what the study printed, and makes a page', async () => {
    const printed = (await study()).out;
    const { status, out, err } = await report();
    expect({ status, err }).toEqual({
      status: 0,
      err: 'wrote out/small/report.html: open it in a browser\n',
    });
    expect(printed.startsWith(out)).toBe(true);
    expect(page()).toMatch(/^<!doctype html>/);
  });

  it('prints JSON and CSV for programs, and no page then', async () => {
    await study();
    const { out, err } = await report('--json');
    expect(err).toBe('');
    const { points } = JSON.parse(out);
    expect(points[5].estimates['load.loss'].mean).toBeGreaterThan(0.4);
    expect(points[5].drops[0]).toMatchObject({ namespace: 'node1', interface: 'eth0', reason: 'queue_full' });
    const csv = (await report('--csv')).out;
    expect(csv).toBe(readFileSync(join(folder, 'out/small/points.csv'), 'utf8'));
    expect((await report('--csv', '--json')).status).toBe(2);
  });

  it('has nothing in its page that comes from elsewhere', async () => {
    await study();
    await report('--html', 'page.html');
    // names of namespaces are no addresses
    const text = page('page.html').replaceAll('http://www.w3.org/2000/svg', '');
    const found = (pattern: RegExp) => pattern.exec(text)?.[0];
    expect(found(/\b(?:src|href)\s*=\s*(?!["']?data:).{0,80}/)).toBeUndefined();
    expect(found(/(?:@import|url\(|fetch\(|XMLHttpRequest|sourceMappingURL).{0,80}/)).toBeUndefined();
    // but for the home of uPlot, which its licence line names
    expect(found(/https?:\/\/(?!github\.com\/leeoniya).{0,80}/)).toBeUndefined();
  });

  it('takes names from the files as text, whatever they hold', async () => {
    const evil = '</script><img src=x onerror=alert(1)>"\'&';
    writeFileSync(join(folder, 'study.yaml'), `${STUDY}title: ${JSON.stringify(evil)}\n`);
    await study();
    await report('--figure', 'figure.svg', '--html', 'page.html');
    for (const file of ['page.html', 'figure.svg']) {
      expect(page(file).includes('<img')).toBe(false);
      expect(page(file)).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    }
  });

  it('draws its figure as SVG', async () => {
    writeFileSync(
      join(folder, 'study.yaml'),
      `${STUDY}figure: { title: Loss, x: rate, y: [load.loss], y_label: lost }\n`,
    );
    await study();
    const { err } = await report('--figure', 'figure.svg');
    expect(err).toBe('wrote figure.svg\n');
    const svg = page('figure.svg');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 760 420"/);
    for (const text of ['Loss', 'size = 200B', 'size = 1000B', '3000/s', 'rate', 'lost']) {
      expect(svg).toContain(`>${text}</text>`);
    }
    // each in the drawing and in the legend
    expect(svg.match(/<path class="line"/g)).toHaveLength(4);
  });
});

describe('podwire report of a run', () => {
  it('shows its figures, and in the page what it has over time', async () => {
    const measure =
      'measure: { histograms: [load.latency], series: { of: [queue.depth, flow.throughput] } }\n';
    writeFileSync(join(folder, 'two-nodes.yaml'), SCENARIO + measure);
    await podwire(['run', 'two-nodes.yaml', '--out', 'out/small'], folder);
    const { status, out } = await report();
    expect(status).toBe(0);
    expect(out).toMatch(/^two-nodes\n {2}1 point, 1 run/);
    expect(page()).toContain('Throughput of traffics');
    expect(page()).toContain('Delay of load');
  });
});

describe('podwire report of something else', () => {
  it('says what it is that it cannot read', async () => {
    expect(await podwire(['report', 'out/none'], folder)).toMatchObject({
      status: 2,
      err: 'podwire: out/none holds no results: neither study.json of a study nor results.json of a run is there\n',
    });
    writeFileSync(join(folder, 'study.json'), '{"format": 99}');
    expect((await podwire(['report', '.'], folder)).err).toContain(
      'not one that this version of podwire reads',
    );
    writeFileSync(join(folder, 'study.json'), '{');
    expect((await podwire(['report', '.'], folder)).status).toBe(2);
  });
});
