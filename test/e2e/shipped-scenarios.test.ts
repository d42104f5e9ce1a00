import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../scenarios/index.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { shippedScenarios } from './shipped.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What a run must come out as again: `expected/NAME.json`. A change on purpose is accepted with
 * `npm test -- test/e2e/shipped-scenarios.test.ts -u`, and its difference belongs into the commit.
 */
function essence(result: RunResult): string {
  const {
    seed,
    simulatedTime,
    events,
    packetHops,
    fingerprint,
    packets,
    flows,
    drops,
    thresholds,
    problems,
  } = result;
  const kept = {
    seed,
    simulatedTime,
    events,
    packetHops,
    fingerprint,
    packets,
    flows,
    links: result.links.slice(0, 20),
    drops,
    thresholds,
    problems,
  };
  return `${JSON.stringify(kept, null, 1)}\n`;
}

describe.each(shippedScenarios)('scenarios/$file', ({ file, name, args }) => {
  it('comes out as expected, with either event queue the same to the byte', async () => {
    const folder = temporaryFolder();
    const run = (out: string, queue: string) =>
      podwire(
        ['run', join(root, 'scenarios', file), '--out', out, '--queue', queue, '--quiet', ...args],
        folder,
      );
    const { status, err } = await run('wheel', 'wheel');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const result = JSON.parse(readFileSync(join(folder, 'wheel/results.json'), 'utf8')) as RunResult;
    expect(result.packets.created + result.packets.copied).toBe(
      result.packets.delivered + result.packets.dropped + result.packets.inFlight,
    );
    expect(result.problems).toEqual([]);
    await expect(essence(result)).toMatchFileSnapshot(`expected/${name}.json`);

    expect((await run('heap', 'heap-js')).status).toBe(0);
    const files = readdirSync(join(folder, 'wheel'));
    expect(readdirSync(join(folder, 'heap'))).toEqual(files);
    for (const one of files) {
      const same = readFileSync(join(folder, 'wheel', one)).equals(readFileSync(join(folder, 'heap', one)));
      expect({ one, same }).toEqual({ one, same: true });
    }
  });
});

it('every shipped scenario is among them', () => {
  const files = readdirSync(join(root, 'scenarios')).filter((file) => file.endsWith('.yaml'));
  expect(shippedScenarios.map(({ file }) => file).sort()).toEqual(files.sort());
});
