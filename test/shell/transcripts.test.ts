import { describe, expect, it } from 'vitest';
import { readTranscript, type Step } from './transcript.ts';
import { maskAnswer } from './transcript-masks.ts';
import { World } from './world.ts';

/**
 * Sessions recorded with iproute2 6.1.0, net-tools 2.10, procps 4.0.2, iptables 1.8.9 (nf_tables), ipset 7.17,
 * conntrack-tools 1.4.7, iputils ping 20221126 and dash in namespaces of a Linux 6.18 without IPv6: the simulated shell
 * has to answer every line alike.
 */
const TRANSCRIPTS = [
  'links',
  'addresses',
  'routes',
  'neighbours',
  'proxies',
  'bridge',
  'rules',
  'tc',
  'tc-children',
  'tc-errors',
  'sh',
  'iptables-rules',
  'iptables-chains',
  'iptables-errors',
  'iptables-restore',
  'ipset',
  'conntrack',
  'ping',
];

describe.each(TRANSCRIPTS)('recorded session: %s', (name) => {
  const world = new World(['node', 'pod', 'twin', 'far']);
  const steps: { recorded: Step; answer: Omit<Step, 'namespace' | 'command'> }[] = [];
  for (const item of readTranscript(new URL(`fixtures/transcripts/${name}.txt`, import.meta.url))) {
    if ('seconds' in item) world.advance(item.seconds);
    else steps.push({ recorded: item, answer: world.complete(item.namespace, item.command) });
  }

  it.each(steps)('$recorded.command', ({ recorded, answer }) => {
    const { command, stderr, status } = recorded;
    expect({
      stdout: maskAnswer(command, answer.stdout),
      stderr: answer.stderr,
      status: answer.status,
    }).toEqual({
      stdout: maskAnswer(command, recorded.stdout),
      stderr,
      status,
    });
  });
});
