import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../scenarios/loader.ts';
import { runKey, scenarioDigest } from '../../study/run-key.ts';
import { SCENARIO } from './study-file.ts';

function digest(text: string, ...set: string[]): string {
  const loaded = loadScenario(text, 'test.yaml', { set });
  if (loaded.errors !== undefined) throw new Error(loaded.errors[0].message);
  return scenarioDigest(loaded.scenario);
}

describe('what a run is known by', () => {
  it('is what the scenario says, not how it is written', () => {
    const same = [
      `# a comment\n${SCENARIO}`,
      SCENARIO.replace('rate: 200/s', 'rate: 0.2/ms'),
      `${SCENARIO}captures: [{ interface: "node1:eth0", file: a.pcapng }]\n`,
      `${SCENARIO}thresholds: { load.loss: "< 1%" }\n`,
      `seed: 5\n${SCENARIO}`,
    ];
    for (const text of same) expect(digest(text)).toBe(digest(SCENARIO));
    expect(digest(SCENARIO, 'stop=100000us', 'traffic.load.size=500B')).toBe(digest(SCENARIO));
    expect(digest(SCENARIO, 'stop=101ms')).not.toBe(digest(SCENARIO));
  });

  it('is also seed, warm-up, code, and what is recorded', () => {
    const run = { scenario: 'x', warmup: 0, seed: 1, code: 'a', pilot: false, seriesEvery: null };
    const others = [
      { seed: 2 },
      { warmup: 1 },
      { code: 'b' },
      { pilot: true },
      { seriesEvery: 5 },
      { scenario: 'y' },
    ];
    const keys = [run, ...others.map((other) => ({ ...run, ...other }))].map(runKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(runKey({ ...run })).toBe(keys[0]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});
