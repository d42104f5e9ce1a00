import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  EtherType,
  emitEthernet,
  emitEthernetHeader,
  ethernetHeaderLength,
  parseEthernet,
  printEthernet,
} from '../../../models/wire/ethernet.ts';
import { BROADCAST_MAC } from '../../../models/wire/mac-address.ts';
import { isParseError } from '../../../models/wire/parse-error.ts';
import { ethernetHeader, offsetInBuffer } from './arbitraries.ts';
import { ARP_REQUEST, bytesOf, hexOf } from './literal-frames.ts';

const SOURCE = 0x0a580af40102;

/** A tagged ARP frame: priority 5, drop eligible, VLAN 100. */
const TAGGED = bytesOf('ffffffffffff 0a580af40102 8100 b064 0806');

describe('Ethernet header', () => {
  it('constructs a captured frame', () => {
    const bytes = new Uint8Array(14);
    expect(emitEthernet(bytes, 0, BROADCAST_MAC, SOURCE, EtherType.arp)).toBe(14);
    expect(hexOf(bytes)).toBe(hexOf(ARP_REQUEST.subarray(0, 14)));
  });

  it('deconstructs a captured frame', () => {
    const header = parseEthernet(ARP_REQUEST, 0, ARP_REQUEST.length);
    expect(header).toEqual({ destination: BROADCAST_MAC, source: SOURCE, tag: null, etherType: 0x0806 });
  });

  it('reads and writes an 802.1Q tag', () => {
    const tag = { priority: 5, dropEligible: true, vlanId: 100 };
    const header = { destination: BROADCAST_MAC, source: SOURCE, tag, etherType: EtherType.arp };
    expect(parseEthernet(TAGGED, 0, TAGGED.length)).toEqual(header);
    const bytes = new Uint8Array(18);
    expect(emitEthernetHeader(bytes, 0, header)).toBe(18);
    expect(hexOf(bytes)).toBe(hexOf(TAGGED));
  });

  it.each([
    [13, ARP_REQUEST],
    [17, TAGGED],
    [0, ARP_REQUEST],
  ])('rejects a frame cut to %i bytes', (length, frame) => {
    expect(parseEthernet(frame, 0, length)).toMatchObject({ reason: 'truncated' });
    expect(parseEthernet(frame.slice(0, length), 0, 1000)).toMatchObject({ reason: 'truncated' });
  });

  it('prints as tcpdump -e does', () => {
    const header = { destination: BROADCAST_MAC, source: SOURCE, tag: null, etherType: EtherType.arp };
    const addresses = '0a:58:0a:f4:01:02 > ff:ff:ff:ff:ff:ff';
    expect(printEthernet(header, 42)).toBe(`${addresses}, ethertype ARP (0x0806), length 42`);
    expect(printEthernet({ ...header, etherType: 0x88b5 }, 60)).toBe(
      `${addresses}, ethertype Unknown (0x88b5), length 60`,
    );
    expect(printEthernet({ ...header, etherType: 38 }, 60)).toBe(`${addresses}, 802.3, length 60`);
    const tag = { priority: 5, dropEligible: true, vlanId: 100 };
    expect(printEthernet({ ...header, tag }, 46)).toBe(
      `${addresses}, ethertype 802.1Q (0x8100), length 46: vlan 100, p 5, DEI, ethertype ARP (0x0806)`,
    );
  });

  test.prop([ethernetHeader, offsetInBuffer])('comes back from its bytes', (header, offset) => {
    const bytes = new Uint8Array(64);
    const length = emitEthernetHeader(bytes, offset, header);
    expect(length).toBe(ethernetHeaderLength(header));
    expect(parseEthernet(bytes, offset, offset + length)).toEqual(header);
    // Nothing outside the header was written.
    expect(hexOf(bytes.fill(0, offset, offset + length))).toBe('00'.repeat(64));
  });

  test.prop([fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(60)])(
    'reads any bytes, and writes back what it read',
    (bytes, offset, end) => {
      const header = parseEthernet(bytes, offset, end);
      if (isParseError(header)) {
        expect(Math.min(end, bytes.length) - offset).toBeLessThan(18);
        return;
      }
      const emitted = new Uint8Array(18);
      const length = emitEthernetHeader(emitted, 0, header);
      expect(hexOf(emitted.subarray(0, length))).toBe(hexOf(bytes.subarray(offset, offset + length)));
    },
  );
});
