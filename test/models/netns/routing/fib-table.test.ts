import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { FibTable } from '../../../../models/netns/routing/fib-table.ts';
import { Nexthop, Route, type RouteInfo } from '../../../../models/netns/routing/route.ts';
import { prefixMask } from '../../../../models/wire/ipv4-address.ts';
import { checkLookup } from '../../../checkers/lpm-oracle.ts';
import { ip, newNetwork, prefix } from '../../../support/networks.ts';

const iface = newNetwork().addNamespace('host').loopback;

function route(destination: number, prefixLength: number, metric = 0): Route {
  const info: RouteInfo = {
    type: 'unicast',
    scope: 0,
    metric,
    protocol: 3,
    table: 254,
    preferredSource: undefined,
    mtu: 0,
  };
  return new Route(destination, prefixLength, info, new Nexthop(iface, undefined));
}

const routeTo = (text: string, metric?: number) => {
  const { destination, prefixLength } = prefix(text);
  return route(destination, prefixLength, metric);
};

/** A table with `more` routes beside the ones that matter: 0 keeps it a list, 100 makes it hashes. */
function tableWith(more: number, ...routes: Route[]): FibTable {
  const table = new FibTable(254);
  for (let i = 0; i < more; i++) table.insert(route(ip('172.16.0.0') + (i << 8), 24));
  for (const each of routes) table.insert(each);
  return table;
}

describe.each([0, 100])('a table with %i other routes', (others) => {
  it('prefers the longest prefix, down to none', () => {
    const [all, wide, narrow, host] = ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32'].map((text) =>
      routeTo(text),
    );
    const table = tableWith(others, wide, host, all, narrow);
    expect(table.lookup(ip('10.1.2.3'))).toBe(host);
    expect(table.lookup(ip('10.1.2.4'))).toBe(narrow);
    expect(table.lookup(ip('10.2.0.0'))).toBe(wide);
    expect(table.lookup(ip('11.0.0.0'))).toBe(all);
    expect(table.lookup(ip('255.255.255.255'))).toBe(all);
    table.remove(all);
    expect(table.lookup(ip('11.0.0.0'))).toBeNull();
  });

  it('prefers the lowest metric, and the next one when that is gone', () => {
    const [low, middle, high] = [10, 20, 30].map((metric) => routeTo('10.0.0.0/8', metric));
    const table = tableWith(others, high, low, middle);
    for (const expected of [low, middle, high]) {
      expect(table.lookup(ip('10.1.1.1'))).toBe(expected);
      table.remove(expected);
    }
    expect(table.lookup(ip('10.1.1.1'))).toBeNull();
  });

  it('puts a route behind those of its metric, or before them', () => {
    const [a, b, c] = [routeTo('10.0.0.0/8'), routeTo('10.0.0.0/8'), routeTo('10.0.0.0/8')];
    const table = tableWith(others, a, b);
    table.insert(c, 'first');
    const order = [];
    for (let r = table.find(ip('10.0.0.0'), 8); r !== null; r = r.next) order.push(r);
    expect(order).toEqual([c, a, b]);
  });

  it('passes a route by whose next hops are all dead, for a shorter prefix if need be', () => {
    const [wide, narrow] = [routeTo('10.0.0.0/8'), routeTo('10.1.0.0/16')];
    const table = tableWith(others, wide, narrow);
    narrow.nexthops[0].dead = true;
    expect(table.lookup(ip('10.1.2.3'))).toBe(wide);
  });

  it('refuses to remove what is not there', () => {
    const table = tableWith(others, routeTo('10.0.0.0/8'));
    expect(() => table.remove(routeTo('10.0.0.0/8', 5))).toThrow('not in its table');
  });
});

it('lists routes by address, longer prefixes first, then by metric', () => {
  const table = new FibTable(254);
  const texts: [string, number][] = [
    ['192.168.0.0/16', 0],
    ['10.0.0.0/8', 5],
    ['10.0.0.0/8', 0],
    ['10.0.0.0/24', 0],
    ['0.0.0.0/0', 0],
  ];
  for (const [text, metric] of texts) table.insert(routeTo(text, metric));
  expect(table.routes().map((r) => [r.destination >>> 24, r.prefixLength, r.metric])).toEqual([
    [0, 0, 0],
    [10, 24, 0],
    [10, 8, 0],
    [10, 8, 5],
    [192, 16, 0],
  ]);
});

/** Few distinct prefixes, so that they nest and coincide. */
const arbitraryPrefix = fc
  .tuple(
    fc.integer({ min: 0, max: 32 }),
    fc.constantFrom(0x0a000000, 0x0a0000ff, 0x0a00ff00, -1, 0),
    fc.nat(3),
  )
  .map(([length, base, low]) => ({ destination: (base + low) & prefixMask(length), length }));

const arbitraryStep = fc.record({
  prefix: arbitraryPrefix,
  metric: fc.nat(2),
  action: fc.constantFrom('insert', 'insert', 'insert', 'prepend', 'remove', 'kill'),
  pick: fc.nat(),
});

test.prop([
  fc.array(arbitraryStep, { maxLength: 80 }),
  fc.array(fc.constantFrom(0x0a000001, 0x0a000100, 0x0a00ffff, 5, -1, 0), { minLength: 1 }),
])('answers as a scan over all routes does, whatever was added and removed', (steps, destinations) => {
  const table = new FibTable(254);
  const present: Route[] = [];
  for (const { prefix: wanted, metric, action, pick } of steps) {
    if (action === 'insert' || action === 'prepend') {
      const added = route(wanted.destination, wanted.length, metric);
      table.insert(added, action === 'insert' ? 'last' : 'first');
      present.push(added);
    } else if (present.length > 0) {
      const [chosen] =
        action === 'remove' ? present.splice(pick % present.length, 1) : [present[pick % present.length]];
      if (action === 'remove') table.remove(chosen);
      else chosen.nexthops[0].dead = true;
    }
    for (const destination of [...destinations, wanted.destination]) checkLookup(table, destination);
  }
  expect(new Set(table.routes())).toEqual(new Set(present));
});
