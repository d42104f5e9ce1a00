import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Bpdu, compareBridgeIds, emitBpdu, parseBpdu, printBpdu } from '../../../models/wire/bpdu.ts';
import { hexOf } from './literal-frames.ts';

/** As a Linux bridge sent it, behind the length field. */
const CONFIG = '4242030000000001100002000000030000000000100002000000030080010000060001000200';

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16)));
}

const SENT: Bpdu = {
  type: 'config',
  topologyChange: true,
  topologyChangeAck: false,
  root: { priority: 0x1000, mac: 0x020000000300 },
  rootPathCost: 0,
  bridge: { priority: 0x1000, mac: 0x020000000300 },
  port: 0x8001,
  messageAge: 0,
  maxAge: 1536,
  helloTime: 256,
  forwardDelay: 512,
};

const id = fc.record({ priority: fc.nat(0xffff), mac: fc.maxSafeNat().map((n) => n % 2 ** 48) });
const config = fc.record({
  type: fc.constant('config' as const),
  topologyChange: fc.boolean(),
  topologyChangeAck: fc.boolean(),
  root: id,
  rootPathCost: fc.nat(0x7fffffff),
  bridge: id,
  port: fc.nat(0xffff),
  messageAge: fc.nat(0xffff),
  maxAge: fc.nat(0xffff),
  helloTime: fc.nat(0xffff),
  forwardDelay: fc.nat(0xffff),
});

describe('BPDU', () => {
  it('constructs a captured message', () => {
    const bytes = new Uint8Array(38).fill(0xee);
    expect(emitBpdu(bytes, 0, SENT)).toBe(38);
    expect(hexOf(bytes)).toBe(CONFIG);
  });

  it('deconstructs a captured message', () => {
    expect(parseBpdu(bytesOf(CONFIG), 0, 38)).toEqual(SENT);
  });

  it('is a notification of seven bytes', () => {
    const bytes = new Uint8Array(8).fill(0xee);
    expect(emitBpdu(bytes, 1, { type: 'tcn' })).toBe(7);
    expect(hexOf(bytes)).toBe('ee42420300000080');
    expect(parseBpdu(bytes, 1, 8)).toEqual({ type: 'tcn' });
  });

  it.each([
    ['truncated', CONFIG.slice(0, 74)],
    ['truncated', '424203000000'],
    ['unsupported', `43${CONFIG.slice(2)}`],
    ['unsupported', `4242030001${CONFIG.slice(10)}`],
    ['unsupported', `424203000002${CONFIG.slice(12)}`],
    ['unsupported', `42420300000002${CONFIG.slice(14)}`],
  ])('is %s: %s', (reason, hex) => {
    expect(parseBpdu(bytesOf(hex), 0, hex.length / 2)).toMatchObject({ reason });
  });

  it('prints as tcpdump does', () => {
    expect(printBpdu(SENT, 38)).toBe(
      'STP 802.1d, Config, Flags [Topology change], bridge-id 1000.02:00:00:00:03:00.8001, length 35',
    );
    expect(printBpdu({ type: 'tcn' }, 7)).toBe('STP 802.1d, Topology Change');
  });

  test.prop([config, fc.nat(3)])('comes back from its bytes', (bpdu, offset) => {
    const bytes = new Uint8Array(offset + 38).fill(0xff);
    emitBpdu(bytes, offset, bpdu);
    expect(parseBpdu(bytes, offset, bytes.length)).toEqual(bpdu);
  });

  test.prop([id, id])('bridges are ordered by priority, then address', (a, b) => {
    expect(Math.sign(compareBridgeIds(a, b))).toBe(-Math.sign(compareBridgeIds(b, a)) || 0);
    if (a.priority < b.priority) expect(compareBridgeIds(a, b)).toBeLessThan(0);
  });
});
