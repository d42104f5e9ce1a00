import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { BROADCAST_MAC_ID, MacTable, ZERO_MAC_ID } from '../../models/mac-table.ts';
import { BROADCAST_MAC, isGroupMac, ZERO_MAC } from '../../models/wire/mac-address.ts';

const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test.prop([fc.array(fc.oneof(mac, fc.constantFrom(ZERO_MAC, BROADCAST_MAC)), { maxLength: 200 })])(
  'a MAC table gives one id per address and the address back',
  (addresses) => {
    const table = new MacTable();
    const ids = addresses.map((address) => table.intern(address));
    addresses.forEach((address, i) => {
      expect(table.intern(address)).toBe(ids[i]);
      expect(table.address(ids[i])).toBe(address);
      expect(table.isGroup(ids[i])).toBe(isGroupMac(address));
    });
    expect(new Set(ids).size).toBe(new Set(addresses).size);
    expect([table.intern(ZERO_MAC), table.intern(BROADCAST_MAC)]).toEqual([ZERO_MAC_ID, BROADCAST_MAC_ID]);
  },
);
