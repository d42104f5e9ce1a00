import { describe, expect, it } from 'vitest';
import { captured, echo, hexBytes, ipv4Frame, udp } from './build-frame.ts';
import { type CapturedFrame, decodeFrames } from './decode.ts';
import { type CompareOptions, DEFAULT_OPTIONS } from './options.ts';
import { summarise } from './summary.ts';

/** Fields as text, one record per frame. */
function decode(frames: CapturedFrame[], options: Partial<CompareOptions> = {}): Record<string, string>[] {
  return decodeFrames(frames, { ...DEFAULT_OPTIONS, ...options }).map(({ fields }) =>
    Object.fromEntries(fields.map(({ name, value }) => [name, String(value)])),
  );
}

const ARP_REQUEST = hexBytes(
  'ffffffffffff 0a580af40102 0806 0001 0800 06 04 0001 0a580af40102 0af40102 000000000000 0af40101',
);
const TIME_EXCEEDED = hexBytes(`
  0a580af40102 0a580af40101 0800 45c00070a04800004001c19a0af401010af40102 0b00f4ff00000000
  450000547f5a40000101e1630af401020af40202 0800e6ff43170001 0399036b00000000fa100e0000000000
  101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637`);
const TCP_FRAMES = [
  `0a580af40101 0a580af40102 0800 4500003c90a340004006912d0af401020af40202
   4e210050487b4a6e00000000a002faf0ddf30000 020405b40402080acac5aa0c000000000103030a`,
  `0a580af40102 0a580af40101 0800 4500003c000040003e0623d10af402020af40102
   00504e216e099d98487b4a6fa012fe88072e0000 020405b40402080afc90cae9cac5aa0c0103030a`,
  `0a580af40101 0a580af40102 0800 4500003490a44000400691340af401020af40202
   4e210050487b4a6f6e099d998010003f34470000 0101080acac5aa0cfc90cae9`,
].map((hex, index) => captured(index, hexBytes(hex)));
const NO_DATA = new Uint8Array(0);

describe('decodeFrames', () => {
  it('takes an ARP request of a Linux host apart', () => {
    expect(decode([captured(0, ARP_REQUEST)])).toEqual([
      {
        'frame.len': '42',
        'eth.dst': 'ff:ff:ff:ff:ff:ff',
        'eth.src': '0a:58:0a:f4:01:02',
        'eth.type': '0x0806',
        'arp.htype': '1',
        'arp.ptype': '0x0800',
        'arp.hlen': '6',
        'arp.plen': '4',
        'arp.op': '1',
        'arp.sha': '0a:58:0a:f4:01:02',
        'arp.spa': '10.244.1.2',
        'arp.tha': '00:00:00:00:00:00',
        'arp.tpa': '10.244.1.1',
        'eth.trailer': '0 bytes',
      },
    ]);
  });

  it('takes the quote inside an ICMP error apart', () => {
    const [frame] = decode([captured(0, TIME_EXCEEDED)]);
    expect(frame).toMatchObject({
      'icmp.type': '11',
      'icmp.code': '0',
      'icmp.checksum': 'good',
      'icmp.unused': '0x00000000',
      'ip.tos': '0xc0',
      'quote.ip.ttl': '1',
      'quote.ip.df': '1',
      'quote.ip.checksum': 'good',
      'quote.icmp.type': '8',
      'quote.icmp.id': 'id#1',
      'quote.icmp.seq': '1',
      // the time of sending, its first 16 bytes, is masked
      'quote.icmp.data': '56 bytes 00000000000000000000000000000000..',
    });
    expect(frame).not.toHaveProperty('quote.icmp.checksum');
  });

  it('counts TCP numbers from the initial ones and tells what time stamps echo', () => {
    const frames = decode(TCP_FRAMES);
    expect(frames.map((f) => [f['tcp.flags'], f['tcp.seq'], f['tcp.ack']])).toEqual([
      ['S', '0', 'zero'],
      ['SA', '0', '1'],
      ['A', '1', '1'],
    ]);
    expect(frames.map((f) => f['tcp.options'])).toEqual([
      'mss=1460 sackok ts(ecr=zero) nop wscale=10',
      'mss=1460 sackok ts(ecr=echo) nop wscale=10',
      'nop nop ts(ecr=echo)',
    ]);
    expect(frames.map((f) => f['tcp.checksum'])).toEqual(['good', 'good', 'good']);
  });

  it('takes VXLAN apart', () => {
    const header = hexBytes('08000000 00000500');
    const frame = ipv4Frame({ protocol: 17 }, udp(50000, 4789, Buffer.concat([header, ARP_REQUEST])));
    expect(decode([captured(0, frame)])[0]).toMatchObject({
      'udp.sport': 'eph#1',
      'udp.dport': '4789',
      'udp.checksum': 'none',
      'vxlan.vni': '5',
      'vxlan.flags': '0x08',
      'vxlan.reserved': '00000000',
      'inner.arp.op': '1',
      'inner.eth.src': '0a:58:0a:f4:01:02',
    });
  });

  it('verifies the checksum over reassembled fragments, in whatever order they come', () => {
    const message = echo(8, 7, 1, hexBytes('00112233445566778899aabbccddeeff'));
    const head = ipv4Frame({ protocol: 1, id: 9, moreFragments: true }, message.subarray(0, 16));
    const tail = ipv4Frame({ protocol: 1, id: 9, offset: 16 }, message.subarray(16));
    const inOrder = decode([captured(0, head), captured(1, tail)]);
    expect(inOrder[1]['reassembled.icmp.checksum']).toBe('good');
    const reversed = decode([captured(0, tail), captured(1, head)]);
    expect(reversed[1]['reassembled.icmp.checksum']).toBe('good');
    expect(inOrder.map((f) => f['ip.id'])).toEqual(['frag#1', 'frag#1']);
    const damaged = tail.slice();
    damaged[damaged.length - 1] ^= 1;
    expect(decode([captured(0, head), captured(1, damaged)])[1]['reassembled.icmp.checksum']).toBe('BAD');
  });

  it('masks the IP identification, echo ids and ephemeral ports, but not their equality', () => {
    const ping = (id: number, sequence: number) =>
      ipv4Frame({ protocol: 1, id: id + sequence }, echo(8, id, sequence, NO_DATA));
    const pings = decode([captured(0, ping(500, 1)), captured(1, ping(900, 1)), captured(2, ping(500, 2))]);
    expect(pings.map((f) => f['icmp.id'])).toEqual(['id#1', 'id#2', 'id#1']);
    expect(pings.map((f) => f['ip.id'])).toEqual(['-', '-', '-']);
    const datagram = ipv4Frame({ protocol: 17 }, udp(40000, 53, NO_DATA));
    expect(decode([captured(0, datagram)])[0]).toMatchObject({ 'udp.sport': 'eph#1', 'udp.dport': '53' });
    expect(decode([captured(0, datagram)], { keptPorts: [40000] })[0]['udp.sport']).toBe('40000');
    expect(decode([captured(0, datagram)], { ephemeralPorts: { low: 1, high: 100 } })[0]['udp.dport']).toBe(
      'eph#1',
    );
  });

  it('masks unicast MAC addresses on request', () => {
    expect(decode([captured(0, ARP_REQUEST)], { maskMac: true })[0]).toMatchObject({
      'eth.dst': 'ff:ff:ff:ff:ff:ff',
      'eth.src': 'mac#1',
      'arp.sha': 'mac#1',
      'arp.tha': '00:00:00:00:00:00',
    });
  });

  it('puts frames in the order of time, those of equal time as they are', () => {
    const frames = [5, 3, 5, 4].map((time, index) =>
      captured(time, ipv4Frame({ protocol: 1 }, echo(8, 1, index, NO_DATA))),
    );
    expect(decode(frames).map((f) => f['icmp.seq'])).toEqual(['1', '3', '0', '2']);
    expect(decode(frames, { sort: false }).map((f) => f['icmp.seq'])).toEqual(['0', '1', '2', '3']);
  });

  it('leaves ignored fields and skipped frames out', () => {
    const frames = [captured(0, ARP_REQUEST), captured(1, TIME_EXCEEDED)];
    const ignored = decode(frames, { ignore: ['ip.ttl', 'icmp'] });
    expect(ignored[1]).not.toHaveProperty('ip.ttl');
    expect(ignored[1]).not.toHaveProperty('quote.ip.ttl');
    expect(ignored[1]).not.toHaveProperty('icmp.type');
    expect(ignored[1]).not.toHaveProperty('quote.icmp.seq');
    const skipped = decode(frames, { skip: [[{ field: 'arp.op', value: '1' }]] });
    expect(skipped.map((f) => f['eth.type'])).toEqual(['0x0800']);
    const absent = decode(frames, { skip: [[{ field: 'arp.op', value: 'None' }]] });
    expect(absent.map((f) => f['eth.type'])).toEqual(['0x0806']);
  });

  it('copes with frames cut anywhere', () => {
    for (const whole of [ARP_REQUEST, TIME_EXCEEDED, TCP_FRAMES[0].bytes]) {
      for (let length = 0; length <= whole.length; length++) {
        const [frame] = decode([captured(0, whole.subarray(0, length), whole.length)]);
        expect(frame['frame.len']).toBe(String(whole.length));
      }
    }
  });
});

describe('summarise', () => {
  it('tells a frame on one line', () => {
    const lines = decodeFrames(
      [captured(0, ARP_REQUEST), captured(1, TIME_EXCEEDED), ...TCP_FRAMES.slice(0, 1)],
      { ...DEFAULT_OPTIONS, sort: false },
    ).map(({ fields }) => summarise(fields));
    expect(lines).toEqual([
      '0a:58:0a:f4:01:02 > ff:ff:ff:ff:ff:ff ARP who-has 10.244.1.1 tell 10.244.1.2 ' +
        '(sha 0a:58:0a:f4:01:02 tha 00:00:00:00:00:00)',
      '0a:58:0a:f4:01:01 > 0a:58:0a:f4:01:02 IP 10.244.1.1 > 10.244.1.2 ttl 64 tos 0xc0 len 112 ' +
        'ICMP time exceeded (11/0) [quote: IP 10.244.1.2 > 10.244.2.2 ttl 1 tos 0x00 len 84 DF ' +
        'ICMP echo request (8/0) id#1 seq 1 data 56]',
      '0a:58:0a:f4:01:02 > 0a:58:0a:f4:01:01 IP 10.244.1.2 > 10.244.2.2 ttl 64 tos 0x00 len 60 DF ' +
        'TCP 20001 > 80 [S] seq 0 ack zero win 64240 data 0 ' +
        'opts <mss=1460 sackok ts(ecr=zero) nop wscale=10>',
    ]);
  });
});
