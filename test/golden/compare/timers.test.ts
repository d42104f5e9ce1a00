import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readFrames } from './capture-file.ts';
import { decodeFrames } from './decode.ts';
import { DEFAULT_OPTIONS } from './options.ts';
import { timerGaps } from './timers.ts';

function gaps(path: string): (string | undefined)[] {
  const frames = readFrames(readFileSync(new URL(`../linux/${path}`, import.meta.url)));
  return timerGaps(decodeFrames(frames, DEFAULT_OPTIONS)).map((gap) =>
    gap === undefined ? undefined : `${gap.name} ${gap.seconds.toFixed(3)}`,
  );
}

it('times ARP retries', () => {
  expect(gaps('05c-no-such-pod/pod2-2.eth0.pcap')).toEqual([
    undefined,
    'arp-retry 1.022',
    'arp-retry 1.024',
    'arp-retry 1.024',
    'arp-retry 1.024',
    'arp-retry 1.024',
    'arp-retry 8.309',
    'arp-retry 1.003',
    'arp-retry 1.024',
  ]);
});

it('times pings and the errors about them', () => {
  expect(gaps('05c-no-such-pod/pod1-2.eth0.pcap').slice(0, 12)).toEqual([
    undefined,
    undefined,
    undefined,
    'echo 1.022',
    'echo 1.024',
    'icmp-error 3.070',
    'icmp-error 2.048',
    'icmp-error 1.024',
    'echo 1.024',
    'echo 1.024',
    'icmp-error 3.072',
    'icmp-error 2.048',
  ]);
});

it('times the ARP probe after DELAY from the first packet, not from the last', () => {
  expect(gaps('01-same-node-ping/pod1-2.eth0.pcap').at(-2)).toBe('arp-probe 5.194');
});
