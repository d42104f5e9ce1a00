import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { emitVxlan, parseVxlan, printVxlan } from '../../../models/wire/vxlan.ts';

/** Of VNI 0x123456, as a Linux kernel sent it. */
const HEADER = Uint8Array.from([0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0]);

describe('VXLAN header', () => {
  it('constructs a captured header', () => {
    const bytes = new Uint8Array(10).fill(0xee);
    expect(emitVxlan(bytes, 1, 0x123456)).toBe(8);
    expect([...bytes]).toEqual([0xee, ...HEADER, 0xee]);
  });

  it('deconstructs a captured header', () => {
    expect(parseVxlan(HEADER, 0, 8)).toEqual({ vni: 0x123456 });
  });

  it('ignores reserved bits', () => {
    const bytes = Uint8Array.from([0xff, 1, 2, 3, 0, 0, 5, 9]);
    expect(parseVxlan(bytes, 0, 8)).toEqual({ vni: 5 });
  });

  it('is truncated below eight bytes', () => {
    expect(parseVxlan(HEADER, 0, 7)).toMatchObject({ reason: 'truncated' });
    expect(parseVxlan(HEADER.subarray(0, 7), 0, 8)).toMatchObject({ reason: 'truncated' });
  });

  it('is nothing without a VNI', () => {
    const bytes = HEADER.slice();
    bytes[0] = 0xf7;
    expect(parseVxlan(bytes, 0, 8)).toMatchObject({ reason: 'unsupported' });
  });

  it('prints as tcpdump does', () => {
    expect(printVxlan({ vni: 5 })).toBe('VXLAN, flags [I] (0x08), vni 5');
  });

  test.prop([fc.integer({ min: 0, max: 0xffffff }), fc.nat(5)])(
    'comes back from its bytes',
    (vni, offset) => {
      const bytes = new Uint8Array(offset + 8).fill(0xff);
      emitVxlan(bytes, offset, vni);
      expect(parseVxlan(bytes, offset, bytes.length)).toEqual({ vni });
    },
  );
});
