import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { routeView } from '../../../../models/netns/routing/route-control.ts';
import { type Ipv4Address, prefixMask } from '../../../../models/wire/ipv4-address.ts';
import { addAddress, ip, newNetwork, prefix } from '../../../support/networks.ts';

interface HostSpec {
  address: Ipv4Address;
  prefixLength: number;
  broadcast: Ipv4Address | undefined;
  gateway: Ipv4Address | undefined;
  loopback: boolean;
  peerUp: boolean;
}

/**
 * A host with eth0 and one address, as a pod is plugged in.
 * @param early it has its tables before anything stands in them: every route is added to them one by one
 */
function hostOf(spec: HostSpec, early = false): NetworkNamespace {
  const { address, prefixLength, broadcast, gateway, loopback, peerUp } = spec;
  const network = newNetwork();
  const a = network.addNamespace('a');
  const b = network.addNamespace('b');
  a.addVeth({ name: 'eth0', peer: { name: 'veth0', namespace: b } });
  if (peerUp) b.setLinkUp('veth0', true);
  if (loopback) a.setLinkUp('lo', true);
  if (early) a.fib.complete();
  a.addAddress('eth0', { address, prefixLength, broadcast });
  a.setLinkUp('eth0', true);
  if (gateway !== undefined) {
    a.addRoute({ destination: 0, prefixLength: 0, nexthops: [{ gateway, dev: 'eth0' }] });
  }
  return a;
}

const podSpec: HostSpec = {
  address: ip('10.0.0.2'),
  prefixLength: 24,
  broadcast: undefined,
  gateway: ip('10.0.0.1'),
  loopback: true,
  peerUp: true,
};

/** Addresses of one subnet, with its first and its last. */
const arbitraryHost = fc
  .record({
    network: fc.integer({ min: 0x01000000, max: 0x7effffff }),
    prefixLength: fc.integer({ min: 1, max: 32 }),
    own: fc.nat(),
    gateway: fc.option(fc.nat(), { nil: undefined }),
    broadcast: fc.option(fc.integer(), { nil: undefined }),
    loopback: fc.boolean(),
    peerUp: fc.boolean(),
  })
  .map(({ network, own, gateway, prefixLength, ...rest }): HostSpec => {
    const mask = prefixMask(prefixLength);
    const at = (host: number) => (network & mask) | (host & ~mask);
    const address = at(own);
    const host = gateway === undefined ? 0 : gateway & ~mask;
    const possible = prefixLength < 31 && host !== 0 && host !== ~mask && at(host) !== address;
    return { ...rest, prefixLength, address, gateway: possible ? at(host) : undefined };
  });

/** Destinations that tell routes apart: the host's own, the edges of its subnet, others. */
function destinationsOf(host: HostSpec, others: readonly Ipv4Address[]): Ipv4Address[] {
  const mask = prefixMask(host.prefixLength);
  const edges = [
    host.address & mask,
    host.address | ~mask,
    (host.address & mask) - 1,
    (host.address | ~mask) + 1,
  ];
  const inside = others.map((other) => (host.address & mask) | (other & ~mask));
  const known = [
    host.address,
    host.gateway ?? 0,
    host.broadcast ?? 0,
    -1,
    0,
    ip('127.0.0.1'),
    ip('127.9.0.1'),
  ];
  return [...known, ...edges, ...inside, ...others].map((address) => address | 0);
}

describe('a host with one address', () => {
  test.prop([arbitraryHost, fc.array(fc.integer(), { minLength: 4, maxLength: 4 })])(
    'finds without tables what it finds in its tables',
    (spec, others) => {
      const full = hostOf(spec, true);
      for (const destination of destinationsOf(spec, others)) {
        const lean = hostOf(spec);
        const found = lean.fib.lookup(destination);
        const local = lean.fib.lookupLocal(destination);
        const view = (route: typeof found) => route && routeView(route);
        expect(view(found)).toEqual(view(full.fib.lookup(destination)));
        expect(view(local)).toEqual(view(full.fib.lookupLocal(destination)));
        lean.fib.complete();
        // what is known of a next hop stays known
        expect(lean.fib.lookup(destination)).toBe(found);
        expect(lean.fib.lookupLocal(destination)).toBe(local);
        for (const table of [254, 255]) expect(lean.routes(table)).toEqual(full.routes(table));
      }
    },
  );

  it('makes the routes that a packet needs, and no tables', () => {
    const a = hostOf(podSpec);
    const { generation } = a;
    expect(a.fib.lookup(ip('10.9.9.9'))?.nexthops[0].gateway).toBe(ip('10.0.0.1'));
    expect(a.hasAddress(ip('10.0.0.2'))).toBe(true);
    expect(a.hasUnusualLocalRoutes).toBe(false);
    expect(a.generation).toBe(generation);
    expect(a.routes(255)).toHaveLength(5);
  });

  it('shows the route to itself that a packet for it went without', () => {
    const answer = (a: NetworkNamespace) => a.getRoute(ip('10.0.0.2'), { iif: 'eth0', from: ip('10.0.0.9') });
    const lean = hostOf(podSpec);
    expect(answer(lean)).toEqual(answer(hostOf(podSpec, true)));
    expect(answer(lean).route).toMatchObject({ type: 'local', table: 255, preferredSource: ip('10.0.0.2') });
  });

  it('loses its routes with its interface', () => {
    const a = hostOf(podSpec);
    a.fib.lookup(ip('10.9.9.9'));
    a.setLinkUp('eth0', false);
    expect(a.routes()).toEqual([]);
    expect(a.hasAddress(ip('10.0.0.2'))).toBe(true);
    a.setLinkUp('eth0', true);
    expect(a.routes()).toMatchObject([{ destination: ip('10.0.0.0'), prefixLength: 24 }]);
  });

  it('marks its routes when the carrier is lost', () => {
    const a = hostOf(podSpec);
    a.fib.lookup(ip('10.9.9.9'));
    a.network.namespace('b')!.setLinkUp('veth0', false);
    expect(a.routes().map(({ nexthops }) => nexthops[0].flags)).toEqual([['linkdown'], ['linkdown']]);
  });

  it.each([
    ['before anything was looked up', () => {}],
    ['after something was', (a: NetworkNamespace) => void a.fib.lookup(ip('10.9.9.9'))],
  ])('loses its routes with its address, %s', (_when, lookUp) => {
    const a = hostOf(podSpec);
    lookUp(a);
    a.deleteAddress('eth0', ip('10.0.0.2'), 24);
    expect(a.routes()).toEqual([]);
    expect(a.hasAddress(ip('10.0.0.2'))).toBe(false);
  });

  it('has tables from the second address on', () => {
    const a = hostOf(podSpec);
    a.fib.lookup(ip('10.9.9.9'));
    addAddress(a, 'eth0', '10.5.0.2/24');
    expect(a.hasAddress(ip('10.5.0.2'))).toBe(true);
    expect(a.fib.lookup(ip('10.5.0.9'))).toMatchObject(prefix('10.5.0.0/24'));
  });
});
