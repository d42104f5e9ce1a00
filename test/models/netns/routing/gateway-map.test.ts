import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { GatewayMap } from '../../../../models/netns/routing/gateway-map.ts';

const address = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const gateway = address.filter((value) => value !== 0 && value !== -1);
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), destination: address, gateway }),
  fc.record({ kind: fc.constant('delete' as const), destination: address, gateway }),
);

test.prop([fc.array(change, { maxLength: 300 })])(
  'a map of gateways is a map from destinations to gateways',
  (changes) => {
    const map = new GatewayMap();
    const expected = new Map<number, number>();
    for (const { kind, destination, gateway } of changes) {
      if (kind === 'set') {
        map.set(destination, gateway);
        expected.set(destination, gateway);
      } else {
        map.delete(destination);
        expected.delete(destination);
      }
      expect(map.get(destination)).toBe(expected.get(destination));
      expect(map.size).toBe(expected.size);
    }
    expect(map.destinations().sort()).toEqual([...expected.keys()].sort());
    for (const [destination, gateway] of expected) expect(map.get(destination)).toBe(gateway);
  },
);
