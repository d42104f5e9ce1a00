import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

/** A case recorded on a real Linux 6.18: how it was set up, and what its namespaces answered then. */
interface GoldenCase {
  namespaces: string[];
  setup: [namespace: string, command: string][];
  /** Output of a command by namespace: text, or JSON that has been parsed. */
  states?: Record<string, Record<string, unknown>>;
  stimulus?: { namespace: string; command: string; status: number; stdout: string; stderr: string }[];
}

function load(name: string): GoldenCase {
  return JSON.parse(readFileSync(new URL(`fixtures/golden/${name}.json`, import.meta.url), 'utf8'));
}

function build({ namespaces, setup }: GoldenCase): World {
  const world = new World(namespaces);
  for (const [namespace, command] of setup) world.setUp(namespace, command);
  return world;
}

/** A bridge without an address of its own draws one at random. */
function withoutDrawnMac(text: string): string {
  return text.replace(/(v-net-0: .*\n {4}link\/ether )\S+/, '$1MAC');
}

describe('the commands of the course notes, typing errors included (02d-seed-literal)', () => {
  const golden = load('02d-seed-literal');
  const world = build(golden);
  world.advance(1);
  const steps = golden.stimulus!.map((recorded) => {
    const answer = world.run(recorded.namespace, recorded.command);
    world.advance(0.05);
    return { recorded, answer };
  });

  it.each(steps)('$recorded.command', ({ recorded, answer }) => {
    expect(answer.status).toBe(recorded.status);
    expect(answer.stderr).toBe(recorded.stderr);
    expect(withoutDrawnMac(answer.stdout)).toBe(withoutDrawnMac(recorded.stdout));
  });
});

describe.each(['14-two-bridges', '15b-static-arp'])('state of %s after its set-up', (name) => {
  const golden = load(name);
  const world = build(golden);
  world.advance(1);
  const looks = Object.entries(golden.states!).flatMap(([namespace, state]) =>
    Object.entries(state).map(([command, output]) => ({ namespace, command, output })),
  );

  it.each(looks)('$namespace: $command', ({ namespace, command, output }) => {
    const { stdout, stderr } = world.run(namespace, command);
    expect(stderr).toBe('');
    if (typeof output === 'string') expect(stdout).toBe(output);
    else expect(JSON.parse(stdout)).toEqual(output);
  });
});
