import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { Neighbour } from '../../../../models/netns/neighbour/neighbour.ts';
import { NeighbourTable } from '../../../../models/netns/neighbour/neighbour-table.ts';
import { newNetwork } from '../../../support/networks.ts';

const iface = newNetwork().addNamespace('host').loopback;

test.prop([fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 12 })), { maxLength: 60 })])(
  'a neighbour table keeps its entries by address, in the order of their making',
  (steps) => {
    const table = new NeighbourTable();
    const expected = new Map<number, Neighbour>();
    for (const [adds, address] of steps) {
      const known = expected.get(address);
      expect(table.get(address)).toBe(known);
      if (adds && known === undefined) {
        const neighbour = new Neighbour(iface, address);
        table.add(neighbour);
        expected.set(address, neighbour);
      } else if (!adds && known !== undefined) {
        table.remove(known);
        expected.delete(address);
      }
      expect(table.size).toBe(expected.size);
      expect([...table.values()]).toEqual([...expected.values()]);
      expect(table.only).toBe(expected.size === 1 ? [...expected.values()][0] : null);
    }
  },
);
