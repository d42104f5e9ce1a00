import { readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { onesComplementSum } from './bytes.ts';
import { readFrames } from './capture-file.ts';
import { compareCaptures, type Difference } from './compare.ts';
import type { CapturedFrame } from './decode.ts';
import { type CompareOptions, DEFAULT_OPTIONS } from './options.ts';
import { differenceLines } from './print.ts';

function golden(path: string): CapturedFrame[] {
  return readFrames(readFileSync(new URL(`../linux/${path}`, import.meta.url)));
}

function compare(
  a: CapturedFrame[],
  b: CapturedFrame[],
  options: Partial<CompareOptions> = {},
): Difference[] {
  return compareCaptures(a, b, { ...DEFAULT_OPTIONS, ...options });
}

/** ARP, pings and their answers, UDP probes, ICMP errors, frames of no known type. */
const CAPTURES = [
  golden('01-same-node-ping/pod1-2.eth0.pcap'),
  golden('04b-traceroute/pod1-2.eth0.pcap'),
  golden('05c-no-such-pod/pod1-2.eth0.pcap'),
  golden('06a-flood-learn-age/pod1-4.eth0.pcap'),
];
const PING = CAPTURES[0];
const ERRORS = CAPTURES[2];

const anyCapture = fc.constantFrom(...CAPTURES);
/** A capture and the number of one of its frames. */
const anyFrame = anyCapture.chain((frames) =>
  fc.record({ frames: fc.constant(frames), index: fc.nat(frames.length - 1) }),
);

function withBytes(
  frames: CapturedFrame[],
  index: number,
  change: (bytes: Uint8Array) => void,
): CapturedFrame[] {
  const bytes = Uint8Array.from(frames[index].bytes);
  change(bytes);
  return frames.with(index, { ...frames[index], bytes });
}

function isIpv4(frame: CapturedFrame): boolean {
  return frame.bytes[12] === 0x08 && frame.bytes[13] === 0x00;
}

function fixHeaderChecksum(bytes: Uint8Array): void {
  bytes[24] = bytes[25] = 0;
  const sum = 0xffff - onesComplementSum(bytes.subarray(14, 34));
  bytes[24] = sum >> 8;
  bytes[25] = sum & 255;
}

describe('what makes no difference', () => {
  it('the same capture', () => {
    for (const frames of CAPTURES) expect(compare(frames, frames, { timing: 0, window: 1 })).toEqual([]);
  });

  test.prop([anyCapture, fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })])(
    'another absolute time',
    (frames, shift) => {
      const shifted = frames.map((frame) => ({ ...frame, time: frame.time! + shift }));
      expect(compare(frames, shifted, { timing: 0 })).toEqual([]);
    },
  );

  test.prop([anyFrame, fc.nat(0xffff)])('another IP identification', ({ frames, index }, id) => {
    fc.pre(isIpv4(frames[index]));
    const changed = withBytes(frames, index, (bytes) => {
      bytes[18] = id >> 8;
      bytes[19] = id & 255;
      fixHeaderChecksum(bytes);
    });
    expect(compare(frames, changed)).toEqual([]);
  });

  test.prop([anyCapture, fc.infiniteStream(fc.nat(1e9))])('times between the frames', (frames, gaps) => {
    let time = 0n;
    const respaced = frames.map((frame) => ({ ...frame, time: (time += BigInt(gaps.next().value!)) }));
    expect(compare(frames, respaced)).toEqual([]);
  });
});

describe('what makes a difference', () => {
  test.prop([anyFrame, fc.nat()])('any bit of any frame', ({ frames, index }, bit) => {
    const changed = withBytes(frames, index, (bytes) => {
      bytes[(bit >> 3) % bytes.length] ^= 1 << (bit & 7);
    });
    expect(compare(frames, changed)).not.toEqual([]);
    expect(compare(changed, frames)).not.toEqual([]);
  });

  test.prop([anyFrame])('a frame left out or doubled', ({ frames, index }) => {
    expect(compare(frames, frames.toSpliced(index, 1))).not.toEqual([]);
    expect(compare(frames, frames.toSpliced(index, 0, frames[index]))).not.toEqual([]);
    expect(compare(frames, frames.toSpliced(index, 1), { unordered: true })).not.toEqual([]);
  });

  it('the order of two frames, unless they lie within the window', () => {
    // request and reply change places: 13 microseconds apart
    const times = PING.map(({ time }) => time);
    const swapped = PING.with(2, { ...PING[2], time: times[3] }).with(3, { ...PING[3], time: times[2] });
    expect(compare(PING, swapped)).toMatchObject([{ kind: 'fields', golden: { number: 3 } }]);
    expect(compare(PING, swapped, { window: 1e-6 })).not.toEqual([]);
    expect(compare(PING, swapped, { window: 0.01 })).toEqual([]);
    expect(compare(PING, swapped, { unordered: true })).toEqual([]);
  });

  it('a TTL, with the field and both frames told', () => {
    const changed = withBytes(PING, 2, (bytes) => {
      bytes[22] = 63;
      fixHeaderChecksum(bytes);
    });
    const differences = compare(PING, changed);
    expect(differences.flatMap(differenceLines)).toEqual([
      'frame 3 differs (golden at 0.000058 s, candidate at 0.000058 s):',
      '    ip.ttl                   golden 64                                candidate 63',
      '    golden:    0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:03 IP 10.244.1.2 > 10.244.1.3 ttl 64 tos 0x00 ' +
        'len 84 DF ICMP echo request (8/0) id#1 seq 1 data 56',
      '    candidate: 0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:03 IP 10.244.1.2 > 10.244.1.3 ttl 63 tos 0x00 ' +
        'len 84 DF ICMP echo request (8/0) id#1 seq 1 data 56',
    ]);
    expect(compare(PING, changed, { ignore: ['ip.ttl'] })).toEqual([]);
  });

  it('another kind of frame, told without listing what only one of them has', () => {
    const lines = compare(PING, PING.with(2, { ...PING[1], time: PING[2].time })).flatMap(differenceLines);
    expect(lines.slice(0, 6)).toEqual([
      'frame 3 differs (golden at 0.000058 s, candidate at 0.000058 s):',
      '    frame.len                golden 98                                candidate 42',
      '    eth.dst                  golden 0a:58:0a:f4:01:03                 candidate 0a:58:0a:f4:01:02',
      '    eth.src                  golden 0a:58:0a:f4:01:02                 candidate 0a:58:0a:f4:01:03',
      '    eth.type                 golden 0x0800                            candidate 0x0806',
      '    and 29 fields that only one of the frames has',
    ]);
  });

  it('a wrong checksum, unless checksums are not looked at', () => {
    const damaged = withBytes(PING, 2, (bytes) => {
      bytes[24] ^= 1;
    });
    expect(compare(PING, damaged).map(({ kind }) => kind)).toEqual(['checksum', 'fields']);
    // wrong on both sides it is no difference, and still an error
    expect(compare(damaged, damaged).map(({ kind }) => kind)).toEqual(['checksum', 'checksum']);
    expect(compare(damaged, damaged, { checksums: false })).toEqual([]);
  });

  it('a frame too many, told with both counts', () => {
    expect(compare(PING, PING.slice(0, 9)).flatMap(differenceLines)).toEqual([
      'frame 10 is only in the golden (golden has 10 frames, candidate 9), at 5.193861 s:',
      '    0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:03 ARP reply 10.244.1.2 is-at 0a:58:0a:f4:01:02 ' +
        '(to 10.244.1.3 0a:58:0a:f4:01:03)',
    ]);
  });

  it('a timer that runs too long, when timers are compared', () => {
    // the host-unreachable error that ends the fourth and fifth request comes half a second late
    const late = ERRORS.map((frame, index) =>
      index < 10 ? frame : { ...frame, time: frame.time! + 500_000_000n },
    );
    expect(compare(ERRORS, late)).toEqual([]);
    expect(compare(ERRORS, late, { timing: 0.6 })).toEqual([]);
    expect(compare(ERRORS, late, { timing: 0.3 }).flatMap(differenceLines)[0]).toBe(
      'frame 11: timer icmp-error: 3.072 s in golden, 3.572 s in candidate (tolerance 0.3 s)',
    );
  });

  it('all of them, when all are asked for', () => {
    const changed = PING.map((frame) => ({ ...frame, originalLength: frame.originalLength + 1 }));
    expect(compare(PING, changed, { all: true })).toHaveLength(10);
    expect(compare(PING, changed)).toHaveLength(1);
  });
});
