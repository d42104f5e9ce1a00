import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { internetChecksum, pseudoHeaderSum } from '../../../models/wire/internet-checksum.ts';
import { isParseError } from '../../../models/wire/parse-error.ts';
import { emitUdp, finishUdpChecksum, parseUdp, printUdp, type UdpHeader } from '../../../models/wire/udp.ts';
import { bytes as arbitraryBytes, ipv4Address, uint16 } from './arbitraries.ts';
import { hexOf, UDP_DATAGRAM } from './literal-frames.ts';

/** Ethernet and IPv4 header in front of the captured datagram. */
const START = 34;
const SOURCE = 0x0af40102;
const DESTINATION = 0x0af40202;

const HEADER: UdpHeader = { sourcePort: 20001, destinationPort: 9999, length: 9, checksum: 'correct' };

function parse(frame: Uint8Array, end = frame.length, originalEnd?: number) {
  return parseUdp(frame, START, end, SOURCE, DESTINATION, originalEnd);
}

describe('UDP header', () => {
  it('constructs a captured datagram', () => {
    const bytes = UDP_DATAGRAM.slice();
    bytes.fill(0xee, START, START + 8);
    expect(emitUdp(bytes, START, 20001, 9999, 9)).toBe(8);
    finishUdpChecksum(bytes, START, 9, SOURCE, DESTINATION);
    expect(hexOf(bytes)).toBe(hexOf(UDP_DATAGRAM));
  });

  it('deconstructs a captured datagram', () => {
    expect(parse(UDP_DATAGRAM)).toEqual(HEADER);
  });

  it('knows three kinds of unverified checksums', () => {
    const bytes = UDP_DATAGRAM.slice();
    bytes[42] = 1;
    expect(parse(bytes)).toEqual({ ...HEADER, checksum: 'incorrect' });
    emitUdp(bytes, START, 20001, 9999, 9);
    expect(parse(bytes)).toEqual({ ...HEADER, checksum: 'absent' });
    expect(parse(UDP_DATAGRAM, START + 8, START + 9)).toEqual({ ...HEADER, checksum: 'unverifiable' });
  });

  it('sends a checksum that comes out 0 as 0xffff', () => {
    const bytes = new Uint8Array(10);
    emitUdp(bytes, 0, 1, 2, 10);
    // Data that fill the sum up to 0xffff, whose complement is 0.
    const sum = internetChecksum(bytes, 0, 10, pseudoHeaderSum(SOURCE, DESTINATION, 17, 10));
    bytes[8] = sum >> 8;
    bytes[9] = sum & 255;
    finishUdpChecksum(bytes, 0, 10, SOURCE, DESTINATION);
    expect(hexOf(bytes.subarray(6, 8))).toBe('ffff');
    expect(parseUdp(bytes, 0, 10, SOURCE, DESTINATION)).toMatchObject({ checksum: 'correct' });
  });

  it.each([
    ['truncated', 7, 9],
    ['bad_length', 9, 7],
    ['bad_length', 9, 10],
  ])('is %s with %i bytes there and a length of %i', (reason, available, length) => {
    const bytes = UDP_DATAGRAM.slice();
    bytes[START + 5] = length;
    expect(parse(bytes, START + available)).toMatchObject({ reason });
  });

  it('prints as tcpdump does', () => {
    expect(printUdp(HEADER, SOURCE, DESTINATION)).toBe('10.244.1.2.20001 > 10.244.2.2.9999: UDP, length 1');
    expect(printUdp(HEADER, SOURCE, DESTINATION, true)).toContain(': [udp sum ok] UDP, length 1');
    expect(printUdp({ ...HEADER, checksum: 'absent' }, SOURCE, DESTINATION, true)).toContain('[no cksum]');
    expect(printUdp({ ...HEADER, checksum: 'incorrect' }, SOURCE, DESTINATION, true)).toContain('[bad udp');
  });

  test.prop([uint16, uint16, arbitraryBytes, ipv4Address, ipv4Address])(
    'comes back from its bytes',
    (sourcePort, destinationPort, data, source, destination) => {
      const length = 8 + data.length;
      const bytes = new Uint8Array(length);
      emitUdp(bytes, 0, sourcePort, destinationPort, length);
      bytes.set(data, 8);
      finishUdpChecksum(bytes, 0, length, source, destination);
      const expected = { sourcePort, destinationPort, length, checksum: 'correct' };
      expect(parseUdp(bytes, 0, length, source, destination)).toEqual(expected);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(60), fc.nat(100)])(
    'reads any bytes, and never promises more than there is',
    (bytes, offset, end, originalEnd) => {
      const header = parseUdp(bytes, offset, end, SOURCE, DESTINATION, originalEnd);
      if (isParseError(header)) return;
      expect(offset + 8).toBeLessThanOrEqual(Math.min(end, bytes.length));
      expect(header.length).toBeGreaterThanOrEqual(8);
      expect(offset + header.length).toBeLessThanOrEqual(originalEnd);
    },
  );
});
