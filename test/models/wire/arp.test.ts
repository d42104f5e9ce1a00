import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  ARP_PACKET_LENGTH,
  ArpOperation,
  type ArpPacket,
  emitArp,
  parseArp,
  printArp,
} from '../../../models/wire/arp.ts';
import { isParseError } from '../../../models/wire/parse-error.ts';
import { ipv4Address, macAddress, offsetInBuffer, uint16 } from './arbitraries.ts';
import { ARP_PROBE, ARP_REPLY, ARP_REQUEST, hexOf } from './literal-frames.ts';

const REPLY: ArpPacket = {
  operation: ArpOperation.reply,
  senderHardwareAddress: 0x0a580af40103,
  senderProtocolAddress: 0x0af40103,
  targetHardwareAddress: 0x0a580af40102,
  targetProtocolAddress: 0x0af40102,
};

function emit(packet: ArpPacket, bytes: Uint8Array, offset: number): number {
  return emitArp(
    bytes,
    offset,
    packet.operation,
    packet.senderHardwareAddress,
    packet.senderProtocolAddress,
    packet.targetHardwareAddress,
    packet.targetProtocolAddress,
  );
}

/** The ARP packet of a captured frame, read. */
function arpOf(frame: Uint8Array): ArpPacket {
  const packet = parseArp(frame, 14, frame.length);
  if (isParseError(packet)) throw new Error(packet.message);
  return packet;
}

const arpPacket: fc.Arbitrary<ArpPacket> = fc.record({
  operation: uint16,
  senderHardwareAddress: macAddress,
  senderProtocolAddress: ipv4Address,
  targetHardwareAddress: macAddress,
  targetProtocolAddress: ipv4Address,
});

describe('ARP packet', () => {
  it('constructs a captured packet', () => {
    const bytes = new Uint8Array(ARP_PACKET_LENGTH);
    expect(emit(REPLY, bytes, 0)).toBe(28);
    expect(hexOf(bytes)).toBe(hexOf(ARP_REPLY.subarray(14)));
  });

  it('deconstructs a captured packet', () => {
    expect(arpOf(ARP_REPLY)).toEqual(REPLY);
  });

  it('emits what it parsed', () => {
    for (const frame of [ARP_REQUEST, ARP_PROBE, ARP_REPLY]) {
      const bytes = new Uint8Array(28);
      emit(arpOf(frame), bytes, 0);
      expect(hexOf(bytes)).toBe(hexOf(frame.subarray(14)));
    }
  });

  it('ignores padding', () => {
    const padded = new Uint8Array(60);
    padded.set(ARP_REPLY);
    expect(arpOf(padded)).toEqual(REPLY);
  });

  it('rejects a short packet', () => {
    expect(parseArp(ARP_REPLY, 14, ARP_REPLY.length - 1)).toMatchObject({ reason: 'truncated' });
  });

  it.each([
    ['hardware type', 1],
    ['protocol type', 2],
    ['hardware address length', 4],
    ['protocol address length', 5],
  ])('rejects another %s', (_name, place) => {
    const bytes = ARP_REPLY.slice(14);
    bytes[place] ^= 0x10;
    expect(parseArp(bytes, 0, bytes.length)).toMatchObject({ reason: 'unsupported' });
  });

  it('prints as tcpdump does', () => {
    expect(printArp(arpOf(ARP_REQUEST))).toBe('Request who-has 10.244.1.3 tell 10.244.1.2');
    expect(printArp({ ...arpOf(ARP_PROBE), targetHardwareAddress: 0x0a580af40102 })).toBe(
      'Request who-has 10.244.1.2 (0a:58:0a:f4:01:02) tell 10.244.1.3',
    );
    expect(printArp(REPLY)).toBe('Reply 10.244.1.3 is-at 0a:58:0a:f4:01:03');
    expect(printArp({ ...REPLY, operation: 25 })).toBe('Unknown (25)');
  });

  test.prop([arpPacket, offsetInBuffer])('comes back from its bytes', (packet, offset) => {
    const bytes = new Uint8Array(80);
    const length = emit(packet, bytes, offset);
    expect(parseArp(bytes, offset, offset + length)).toEqual(packet);
    expect(hexOf(bytes.fill(0, offset, offset + length))).toBe('00'.repeat(80));
  });

  test.prop([fc.uint8Array({ maxLength: 40 }), fc.boolean(), fc.nat(40), fc.nat(60)])(
    'reads any bytes, and writes back what it read',
    (bytes, plausible, offset, end) => {
      if (plausible) bytes.set(ARP_REQUEST.subarray(14, Math.min(20, 14 + bytes.length)));
      const packet = parseArp(bytes, offset, end);
      if (isParseError(packet)) return;
      const emitted = new Uint8Array(28);
      emit(packet, emitted, 0);
      expect(hexOf(emitted)).toBe(hexOf(bytes.subarray(offset, offset + 28)));
    },
  );
});
