import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { internetChecksum } from '../../../models/wire/internet-checksum.ts';
import {
  emitIpv4,
  IpProtocol,
  type Ipv4Fields,
  type Ipv4Header,
  ipv4HeaderLength,
  parseIpv4Header,
  printIpv4,
} from '../../../models/wire/ipv4.ts';
import { isParseError } from '../../../models/wire/parse-error.ts';
import { ipv4Fields, offsetInBuffer } from './arbitraries.ts';
import {
  bytesOf,
  ECHO_REQUEST,
  hexOf,
  LAST_FRAGMENT,
  TIME_EXCEEDED,
  WHOLE_FRAMES,
} from './literal-frames.ts';

const ECHO_FIELDS: Ipv4Fields = {
  ipSource: 0x0af40102,
  ipDestination: 0x0af40103,
  protocol: IpProtocol.icmp,
  ttl: 64,
  tos: 0,
  ipId: 0x89ae,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  options: null,
};

/** A header with a router alert option (RFC 2113). */
const WITH_OPTIONS = bytesOf('46c00020 00004000 0102 0000 0af40102 e0000016 94040000');

/** A copy of a captured datagram without its Ethernet header. */
function datagramOf(frame: Uint8Array): Uint8Array {
  return frame.slice(14);
}

function parse(bytes: Uint8Array, originalEnd?: number): Ipv4Header {
  const header = parseIpv4Header(bytes, 0, bytes.length, originalEnd);
  if (isParseError(header)) throw new Error(header.message);
  return header;
}

describe('IPv4 header', () => {
  it('constructs a captured header', () => {
    const bytes = new Uint8Array(20);
    expect(emitIpv4(bytes, 0, ECHO_FIELDS, 84)).toBe(20);
    expect(hexOf(bytes)).toBe(hexOf(ECHO_REQUEST.subarray(14, 34)));
  });

  it('deconstructs a captured header', () => {
    expect(parseIpv4Header(ECHO_REQUEST, 14, ECHO_REQUEST.length)).toEqual({
      ...ECHO_FIELDS,
      headerLength: 20,
      totalLength: 84,
      checksum: 'correct',
    });
  });

  it('emits what it parsed', () => {
    for (const frame of WHOLE_FRAMES.filter((frame) => frame[12] === 0x08 && frame[13] === 0x00)) {
      const header = parse(datagramOf(frame));
      const bytes = new Uint8Array(20);
      emitIpv4(bytes, 0, header, header.totalLength);
      expect(hexOf(bytes)).toBe(hexOf(frame.subarray(14, 34)));
    }
  });

  it('reads a fragment', () => {
    expect(parse(datagramOf(LAST_FRAGMENT))).toMatchObject({
      fragmentOffset: 1424,
      moreFragments: false,
      dontFragment: false,
      totalLength: 27,
    });
  });

  it('keeps options as they stand', () => {
    const bytes = WITH_OPTIONS.slice();
    const header = parse(bytes, 32);
    expect(header.headerLength).toBe(24);
    expect(hexOf(header.options!)).toBe('94040000');
    emitIpv4(bytes, 0, header, 32);
    expect(hexOf(bytes.fill(0, 10, 12))).toBe(hexOf(WITH_OPTIONS));
  });

  it('tells a wrong checksum and goes on', () => {
    const bytes = datagramOf(ECHO_REQUEST);
    bytes[8] -= 1;
    expect(parse(bytes)).toMatchObject({ ttl: 63, checksum: 'incorrect' });
  });
});

describe('malformed IPv4', () => {
  it.each([
    ['a version other than 4', { 0: 0x65 }, 'unsupported'],
    ['a header length below 5 words', { 0: 0x44 }, 'bad_header_length'],
    ['a total length less than the header', { 2: 0, 3: 19 }, 'bad_length'],
    ['a total length beyond the packet', { 2: 0, 3: 85 }, 'bad_length'],
  ])('has %s', (_name, changes, reason) => {
    const bytes = Object.assign(datagramOf(ECHO_REQUEST), changes);
    expect(parseIpv4Header(bytes, 0, bytes.length)).toMatchObject({ reason });
  });

  it('ends within its header', () => {
    const bytes = datagramOf(ECHO_REQUEST);
    expect(parseIpv4Header(bytes, 0, 0)).toMatchObject({ reason: 'truncated' });
    expect(parseIpv4Header(bytes, 0, 19)).toMatchObject({ reason: 'truncated' });
    const options = WITH_OPTIONS.slice(0, 23);
    expect(parseIpv4Header(options, 0, 23, 32)).toMatchObject({ reason: 'truncated' });
  });

  it('may be longer than what is there when bytes were cut away', () => {
    const head = datagramOf(ECHO_REQUEST).subarray(0, 28);
    expect(parse(head, 84)).toMatchObject({ totalLength: 84, checksum: 'correct' });
    expect(parseIpv4Header(head, 0, 28, 83)).toMatchObject({ reason: 'bad_length' });
    expect(parse(TIME_EXCEEDED.slice(42, 42 + 28), Number.POSITIVE_INFINITY)).toMatchObject({
      totalLength: 60,
      ttl: 1,
    });
  });
});

describe('printIpv4', () => {
  it('prints as tcpdump -v does', () => {
    expect(printIpv4(parse(datagramOf(ECHO_REQUEST)))).toBe(
      '(tos 0x0, ttl 64, id 35246, offset 0, flags [DF], proto ICMP (1), length 84)',
    );
    expect(printIpv4(parse(datagramOf(LAST_FRAGMENT)))).toBe(
      '(tos 0x0, ttl 64, id 5372, offset 1424, flags [none], proto ICMP (1), length 27)',
    );
    expect(printIpv4(parse(WITH_OPTIONS, 32))).toBe(
      '(tos 0xc0, ttl 1, id 0, offset 0, flags [DF], proto unknown (2), length 32, ' +
        'options (4 bytes), bad cksum!)',
    );
  });

  it.each([
    [{ moreFragments: true, dontFragment: true }, 'flags [+, DF]'],
    [{ moreFragments: true, dontFragment: false }, 'flags [+]'],
    [{ tos: 1 }, 'tos 0x1,ECT(1), '],
    [{ tos: 2 }, 'tos 0x2,ECT(0), '],
    [{ tos: 3 }, 'tos 0x3,CE, '],
    [{ ttl: 0 }, 'tos 0x0, id 35246'],
    [{ protocol: IpProtocol.udp }, 'proto UDP (17)'],
    [{ protocol: IpProtocol.tcp }, 'proto TCP (6)'],
  ])('prints %j', (change, text) => {
    expect(printIpv4({ ...parse(datagramOf(ECHO_REQUEST)), ...change })).toContain(text);
  });
});

describe('IPv4 header properties', () => {
  test.prop([ipv4Fields, fc.nat(0xffff), offsetInBuffer])(
    'comes back from its bytes',
    (fields, extra, offset) => {
      const bytes = new Uint8Array(120);
      const headerLength = ipv4HeaderLength(fields);
      const totalLength = Math.min(0xffff, headerLength + extra);
      expect(emitIpv4(bytes, offset, fields, totalLength)).toBe(headerLength);
      expect(internetChecksum(bytes, offset, offset + headerLength)).toBe(0);
      expect(parseIpv4Header(bytes, offset, offset + headerLength, offset + totalLength)).toEqual({
        ...fields,
        headerLength,
        totalLength,
        checksum: 'correct',
      });
      expect(hexOf(bytes.fill(0, offset, offset + headerLength))).toBe('00'.repeat(120));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 80 }), fc.boolean(), fc.nat(80), fc.nat(100), fc.nat(70_000)])(
    'reads any bytes, and never promises more than there is',
    (bytes, plausible, offset, end, originalEnd) => {
      if (plausible && offset < bytes.length) bytes[offset] = 0x40 | (bytes[offset] & 15);
      const header = parseIpv4Header(bytes, offset, end, originalEnd);
      if (isParseError(header)) return;
      expect(header.headerLength).toBeGreaterThanOrEqual(20);
      expect(offset + header.headerLength).toBeLessThanOrEqual(Math.min(end, bytes.length));
      expect(header.totalLength).toBeGreaterThanOrEqual(header.headerLength);
      expect(offset + header.totalLength).toBeLessThanOrEqual(originalEnd);
      expect(typeof printIpv4(header)).toBe('string');
    },
  );
});
