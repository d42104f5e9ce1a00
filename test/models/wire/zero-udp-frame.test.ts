import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { MacTable } from '../../../models/mac-table.ts';
import { Packet, updateIpLength } from '../../../models/packet.ts';
import { CountingPayload, ZERO_PAYLOAD } from '../../../models/payload.ts';
import { EtherType } from '../../../models/wire/ethernet.ts';
import { writeFrame } from '../../../models/wire/frame-bytes.ts';
import { IpProtocol } from '../../../models/wire/ipv4.ts';
import {
  isZeroUdp,
  lengthAndIdOf,
  noteZeroUdp,
  writeZeroUdp,
  ZERO_UDP_HEADERS,
  ZERO_UDP_WORDS,
} from '../../../models/wire/zero-udp-frame.ts';
import { ipv4Address, macAddress, uint8, uint16 } from './arbitraries.ts';

const fields = fc.record({
  ipSource: ipv4Address,
  ipDestination: ipv4Address,
  sourcePort: uint16,
  destinationPort: uint16,
  ipId: uint16,
  ttl: uint8,
  tos: uint8,
  dontFragment: fc.boolean(),
  payloadLength: fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 600 }) }, fc.nat({ max: 65_507 })),
});

function datagram(values: Partial<Packet>): Packet {
  const packet = new Packet();
  packet.etherType = EtherType.ipv4;
  packet.protocol = IpProtocol.udp;
  Object.assign(packet, values);
  updateIpLength(packet);
  return packet;
}

/** Where the note is in its words. */
const NOTE = 3;

function bytesOf(packet: Packet, macs: MacTable, kept: number, offset: number): Uint8Array {
  const words = new Int32Array(NOTE + ZERO_UDP_WORDS);
  noteZeroUdp(packet, words, NOTE);
  const bytes = new Uint8Array(offset + kept + 5).fill(0xa5);
  writeZeroUdp(
    words,
    NOTE,
    lengthAndIdOf(words, NOTE),
    macs,
    bytes,
    new DataView(bytes.buffer),
    offset,
    offset + kept,
  );
  expect([...bytes.subarray(0, offset), ...bytes.subarray(offset + kept)]).toEqual(
    new Array(offset + 5).fill(0xa5),
  );
  return bytes.subarray(offset, offset + kept);
}

describe('a UDP frame of zeros', () => {
  test.prop([fields, macAddress, macAddress, fc.nat(), fc.nat({ max: 3 })], { numRuns: 300 })(
    'has the bytes that the codecs of its headers give it, wherever it is cut and put',
    (values, source, destination, cut, offset) => {
      const macs = new MacTable();
      const packet = datagram({
        ...values,
        source: macs.intern(source),
        destination: macs.intern(destination),
      });
      expect(isZeroUdp(packet)).toBe(true);
      const whole = new Uint8Array(packet.length);
      writeFrame(packet, macs, whole, 0);
      const kept = ZERO_UDP_HEADERS + (cut % (packet.length - ZERO_UDP_HEADERS + 1));
      const made = Buffer.from(bytesOf(packet, macs, kept, offset));
      expect(made.equals(whole.subarray(0, kept)), made.toString('hex', 0, ZERO_UDP_HEADERS)).toBe(true);
    },
  );

  it('never has a checksum of 0, which would say that it has none', () => {
    const macs = new MacTable();
    // pseudo header and header add up to 0xffff
    const packet = datagram({
      ipSource: 0,
      ipDestination: 0,
      sourcePort: 0xffff - 17 - 16,
      destinationPort: 0,
    });
    expect([...bytesOf(packet, macs, 42, 0).subarray(40)]).toEqual([0xff, 0xff]);
  });

  it('is nothing else', () => {
    expect(isZeroUdp(datagram({ payloadLength: 8 }))).toBe(true);
    const others: Partial<Packet>[] = [
      { payload: new CountingPayload(251) },
      { protocol: IpProtocol.icmp },
      { etherType: EtherType.arp },
      { options: new Uint8Array(4) },
      { moreFragments: true },
      { fragmentOffset: 8 },
      { inner: new Packet() },
      { noUdpChecksum: true },
    ];
    for (const other of others) expect(isZeroUdp(datagram({ payloadLength: 8, ...other }))).toBe(false);
    const tagged = datagram({ payload: ZERO_PAYLOAD, payloadLength: 8 });
    tagged.length += 4;
    expect(isZeroUdp(tagged)).toBe(false);
  });
});
