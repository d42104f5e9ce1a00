import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCENARIO, STUDY } from '../study/study-file.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (executablePath === undefined) console.warn('the page of a report is not tested: there is no Chromium');

const EVIL = '</script><script>document.title = "taken over"</script><b>"\'&';

let browser: Browser;

beforeAll(async () => {
  if (executablePath === undefined) return;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser?.close();
});

interface Surroundings {
  width: number;
  colorScheme: 'light' | 'dark';
}

/**
 * Makes the report of a small study and opens it; collects what goes wrong there and what it asks of the
 * network.
 */
async function open({ width, colorScheme }: Surroundings): Promise<{ page: Page; wrong: string[] }> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'two-nodes.yaml'), SCENARIO);
  writeFileSync(join(folder, 'study.yaml'), `${STUDY}title: ${JSON.stringify(EVIL)}\n`);
  await podwire(['study', 'study.yaml', '--workers', '0'], folder);
  await podwire(['report', 'out/small'], folder);
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) wrong.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(folder, 'out/small/report.html')).href);
  await page.waitForSelector('html[data-ready]');
  return { page, wrong };
}

/** Colours of the pixels of a chart that are not transparent. */
function coloursOf(page: Page, selector: string): Promise<number> {
  return page.$eval(selector, (element) => {
    const canvas = element as unknown as {
      width: number;
      height: number;
      getContext(kind: '2d'): {
        getImageData(x: number, y: number, w: number, h: number): { data: Uint8Array };
      };
    };
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set<number>();
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 255) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    }
    return colours.size;
  });
}

describe.skipIf(executablePath === undefined)('the page of a report', () => {
  const widths = [390, 1280];
  const schemes = ['light', 'dark'] as const;
  const all = widths.flatMap((width) => schemes.map((colorScheme) => ({ width, colorScheme })));

  it.each(all)('is drawn on $width pixels, $colorScheme, and fits', async (surroundings) => {
    const { page, wrong } = await open(surroundings);
    expect(wrong).toEqual([]);
    const charts = await page.$$eval('.plot', (plots) =>
      plots.map((plot) => plot.querySelectorAll('canvas').length),
    );
    // the figure, one metric, percentiles of two sizes, a distribution, and over time traffic and cables
    expect(charts.length).toBeGreaterThanOrEqual(7);
    expect(charts.every((canvases) => canvases === 1)).toBe(true);
    expect(await coloursOf(page, '.chart.main canvas')).toBeGreaterThan(3);
    const room = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
    expect(room).toEqual([surroundings.width, surroundings.width]);
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(surroundings.colorScheme === 'dark' ? 'rgb(20, 24, 29)' : 'rgb(255, 255, 255)');
    await page.close();
  });

  it('shows the point that is chosen', async () => {
    const { page, wrong } = await open({ width: 1280, colorScheme: 'light' });
    const command = () => page.$eval('[data-point]:not([hidden]) code', (code) => code.textContent);
    expect(await command()).toContain('traffic.load.rate=500/s');
    await page.selectOption('#point', '5');
    expect(await command()).toContain('traffic.load.rate=3000/s');
    expect(await page.$eval('#point-charts', (room) => room.textContent)).toContain('Queues');
    const drops = await page.$$eval('[data-point]:not([hidden]) tbody', (tables) => tables[0].textContent);
    expect(drops).toContain('queue_full');
    expect(wrong).toEqual([]);
    await page.close();
  });

  it('shows names that look like HTML as they are', async () => {
    const { page } = await open({ width: 1280, colorScheme: 'light' });
    expect(await page.title()).toBe(`${EVIL} - podwire`);
    expect(await page.$eval('h1', (heading) => heading.textContent)).toBe(EVIL);
    await page.close();
  });
});
