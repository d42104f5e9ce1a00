import { test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { describeFrame } from '../../../models/wire/frame-printer.ts';
import { damagedFrame } from './arbitraries.ts';
import {
  ARP_REPLY,
  ARP_REQUEST,
  bytesOf,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED_HEAD,
  FRAGMENTATION_NEEDED_LENGTH,
  LAST_FRAGMENT,
  TCP_DATA,
  UDP_DATAGRAM,
  WHOLE_FRAMES,
} from './literal-frames.ts';

const NODES = '0a:58:c0:a8:01:0b > 0a:58:c0:a8:01:0c';
const PODS = '0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:03';

/** A tagged frame around the captured ARP request. */
const TAGGED_ARP = Uint8Array.from([
  ...ARP_REQUEST.subarray(0, 12),
  ...bytesOf('8100 0005'),
  ...ARP_REQUEST.subarray(12),
]);

/** The captured datagram as the first fragment of a longer one. */
function firstFragment(): Uint8Array {
  const frame = UDP_DATAGRAM.slice();
  frame[20] = 0x20;
  // UDP length: 2000 bytes of data.
  frame.set([0x07, 0xd8], 38);
  return frame;
}

describe('describeFrame', () => {
  it.each([
    [
      ARP_REQUEST,
      '0a:58:0a:f4:01:02 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: ' +
        'Request who-has 10.244.1.3 tell 10.244.1.2, length 28',
    ],
    [
      ARP_REPLY,
      '0a:58:0a:f4:01:03 > 0a:58:0a:f4:01:02, ethertype ARP (0x0806), length 42: ' +
        'Reply 10.244.1.3 is-at 0a:58:0a:f4:01:03, length 28',
    ],
    [
      TAGGED_ARP,
      '0a:58:0a:f4:01:02 > ff:ff:ff:ff:ff:ff, ethertype 802.1Q (0x8100), length 46: ' +
        'vlan 5, p 0, ethertype ARP (0x0806), Request who-has 10.244.1.3 tell 10.244.1.2, length 28',
    ],
    [
      ECHO_REQUEST,
      `${PODS}, ethertype IPv4 (0x0800), length 98: 10.244.1.2 > 10.244.1.3: ` +
        'ICMP echo request, id 10146, seq 1, length 64',
    ],
    [
      UDP_DATAGRAM,
      `${NODES}, ethertype IPv4 (0x0800), length 43: 10.244.1.2.20001 > 10.244.2.2.9999: UDP, length 1`,
    ],
    [
      firstFragment(),
      `${NODES}, ethertype IPv4 (0x0800), length 43: 10.244.1.2.20001 > 10.244.2.2.9999: UDP, length 2000`,
    ],
    [
      LAST_FRAGMENT,
      '0a:58:0a:f4:00:0c > 0a:58:0a:f4:00:16, ethertype IPv4 (0x0800), length 41: ' +
        '10.244.0.12 > 10.244.0.22: ip-proto-1',
    ],
    [
      bytesOf('0a580af40101 0a580af40102 88b5 73746570'),
      '0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:01, ethertype Unknown (0x88b5), length 18',
    ],
  ])('prints a frame as tcpdump -enS does (%#)', (frame, line) => {
    expect(describeFrame(frame)).toBe(line);
  });

  it('adds the IPv4 header and the checksums when asked', () => {
    expect(describeFrame(UDP_DATAGRAM, { verbose: true })).toBe(
      `${NODES}, ethertype IPv4 (0x0800), length 43: ` +
        '(tos 0x0, ttl 63, id 60636, offset 0, flags [DF], proto UDP (17), length 29) ' +
        '10.244.1.2.20001 > 10.244.2.2.9999: [udp sum ok] UDP, length 1',
    );
    const wrong = ECHO_REQUEST.slice();
    wrong[60] ^= 1;
    expect(describeFrame(wrong, { verbose: true })).toContain('length 64 (wrong icmp cksum!)');
    expect(describeFrame(TCP_DATA, { verbose: true })).toContain('Flags [P.], cksum correct, seq');
  });

  it('goes by the length on the wire when the frame was cut', () => {
    const options = { originalLength: FRAGMENTATION_NEEDED_LENGTH };
    expect(describeFrame(FRAGMENTATION_NEEDED_HEAD, options)).toMatch(
      /length 590: .* ICMP 10\.244\.2\.2 unreachable - need to frag \(mtu 1400\), length 556$/,
    );
  });

  it.each([
    [ECHO_REQUEST.slice(0, 10), '[Ethernet frame shorter than its header]'],
    [ARP_REQUEST.slice(0, 30), '[ARP packet shorter than 28 bytes]'],
    [ECHO_REQUEST.slice(0, 90), '[IPv4 total length beyond the end of the packet]'],
    [Object.assign(UDP_DATAGRAM.slice(), { 38: 0, 39: 7 }), '[UDP length less than its header]'],
    [Object.assign(TCP_DATA.slice(), { 46: 0x10 }), '[TCP header length below 20 bytes]'],
  ])('says what is malformed (%#)', (frame, text) => {
    expect(describeFrame(frame)).toContain(text);
  });

  it('prints every captured frame without a complaint', () => {
    for (const frame of WHOLE_FRAMES) expect(describeFrame(frame)).not.toMatch(/shorter|beyond|below|less/);
  });

  test.prop([damagedFrame])('prints one line about any bytes', (frame) => {
    const line = describeFrame(frame, { verbose: true });
    expect(line.length).toBeGreaterThan(0);
    expect(line).not.toMatch(/[\n\r]|undefined|NaN/);
  });
});
