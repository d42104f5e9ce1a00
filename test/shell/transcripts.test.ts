import { describe, expect, it } from 'vitest';
import { readTranscript, type Step } from './transcript.ts';
import { World } from './world.ts';

/**
 * Sessions recorded with iproute2 6.1.0, net-tools 2.10, procps 4.0.2 and dash in two namespaces (`node`,
 * `pod`) of a Linux 6.18 without IPv6: the simulated shell has to answer every line alike.
 */
const TRANSCRIPTS = ['links', 'addresses', 'routes', 'neighbours', 'bridge', 'rules', 'sh'];

describe.each(TRANSCRIPTS)('recorded session: %s', (name) => {
  const world = new World(['node', 'pod']);
  const steps: { recorded: Step; answer: Omit<Step, 'namespace' | 'command'> }[] = [];
  for (const item of readTranscript(new URL(`fixtures/transcripts/${name}.txt`, import.meta.url))) {
    if ('seconds' in item) world.advance(item.seconds);
    else steps.push({ recorded: item, answer: world.run(item.namespace, item.command) });
  }

  it.each(steps)('$recorded.command', ({ recorded, answer }) => {
    const { stdout, stderr, status } = recorded;
    expect({ stdout: answer.stdout, stderr: answer.stderr, status: answer.status }).toEqual({
      stdout,
      stderr,
      status,
    });
  });
});
