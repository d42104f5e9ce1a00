import { describe, expect, it } from 'vitest';
import type { RouteSpec } from '../../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { formatIpv4 } from '../../../../models/wire/ipv4-address.ts';
import { addAddress, addGateway, ip, prefix, twoHosts } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

/** A host with eth0 (10.0.0.1/24) and eth1 (10.1.0.1/24), both up. */
function host(): NetworkNamespace {
  const { a } = twoHosts();
  a.addVeth({ name: 'eth1', peer: { name: 'far' } });
  a.setLinkUp('eth1', true);
  a.setLinkUp('far', true);
  addAddress(a, 'eth1', '10.1.0.1/24');
  return a;
}

const via = (destination: string, gateway: string, metric?: number): RouteSpec => ({
  ...prefix(destination),
  nexthops: [{ gateway: ip(gateway) }],
  metric,
});
const dev = (destination: string, name: string): RouteSpec => ({
  ...prefix(destination),
  nexthops: [{ dev: name }],
});

/** Where the routes of one prefix lead, in the order in which they are tried. */
function ways(namespace: NetworkNamespace, destination: string): string[] {
  const wanted = prefix(destination);
  return namespace
    .routes()
    .filter((r) => r.destination === wanted.destination && r.prefixLength === wanted.prefixLength)
    .map(({ metric, nexthops: [hop] }) => {
      const gateway = hop.gateway === undefined ? '' : ` via ${formatIpv4(hop.gateway)}`;
      return `${hop.dev}${gateway}${metric === 0 ? '' : ` metric ${metric}`}`;
    });
}

describe('adding a route', () => {
  it('finds the interface of a gateway', () => {
    const a = host();
    a.addRoute(via('10.9.0.0/16', '10.1.0.9'));
    expect(ways(a, '10.9.0.0/16')).toEqual(['eth1 via 10.1.0.9']);
  });

  it.each<[string, RouteSpec, string]>([
    [
      'bits behind the prefix',
      via('10.9.0.1/16', '10.0.0.2'),
      'EINVAL: Invalid prefix for given prefix length',
    ],
    ['a gateway out of reach', via('10.9.0.0/16', '10.99.0.1'), 'ENETUNREACH: Nexthop has invalid gateway'],
    ['a route that leads nowhere', prefix('10.9.0.0/16'), 'ENODEV: No such device'],
    ['an unknown interface', dev('10.9.0.0/16', 'eth7'), 'ENODEV: Device does not exist'],
    ['an interface that is down', dev('10.9.0.0/16', 'down'), 'ENETDOWN: Device for nexthop is not up'],
    [
      'a source that is not ours',
      { ...via('10.9.0.0/16', '10.0.0.2'), preferredSource: ip('10.0.0.77') },
      'EINVAL: Invalid prefsrc address',
    ],
    [
      'onlink without a device',
      { ...prefix('10.9.0.0/16'), nexthops: [{ gateway: ip('10.99.0.1'), onlink: true }] },
      'EINVAL: Nexthop device required for onlink',
    ],
  ])('refuses %s', (_what, spec, error) => {
    const a = host();
    a.addBridge({ name: 'down' });
    expect(refusal(() => a.addRoute(spec))).toBe(error);
  });

  it('refuses a gateway behind a gateway, and takes one onlink', () => {
    const a = host();
    a.addRoute(via('10.50.0.0/16', '10.0.0.2'));
    expect(refusal(() => a.addRoute(via('10.9.0.0/16', '10.50.0.1')))).toMatch('Nexthop has invalid gateway');
    a.addRoute({
      ...prefix('10.9.0.0/16'),
      nexthops: [{ gateway: ip('10.50.0.1'), dev: 'eth1', onlink: true }],
    });
    expect(ways(a, '10.9.0.0/16')).toEqual(['eth1 via 10.50.0.1']);
  });

  it('takes one route per prefix and metric, more only when appended or prepended', () => {
    const a = host();
    a.addRoute(via('10.9.0.0/16', '10.0.0.2'));
    expect(refusal(() => a.addRoute(via('10.9.0.0/16', '10.1.0.9')))).toBe('EEXIST: File exists');
    a.addRoute(via('10.9.0.0/16', '10.1.0.9', 50));
    a.addRoute(via('10.9.0.0/16', '10.0.0.3'), 'append');
    a.addRoute(via('10.9.0.0/16', '10.0.0.4'), 'prepend');
    expect(refusal(() => a.addRoute(via('10.9.0.0/16', '10.0.0.3'), 'append'))).toBe('EEXIST: File exists');
    expect(ways(a, '10.9.0.0/16')).toEqual([
      'eth0 via 10.0.0.4',
      'eth0 via 10.0.0.2',
      'eth0 via 10.0.0.3',
      'eth1 via 10.1.0.9 metric 50',
    ]);
  });

  it('replaces in place, and changes only what is there', () => {
    const a = host();
    a.addRoute(dev('10.5.0.0/24', 'eth0'));
    a.addRoute(dev('10.5.0.0/24', 'eth1'), 'append');
    a.addRoute(via('10.5.0.0/24', '10.0.0.9'), 'replace');
    expect(ways(a, '10.5.0.0/24')).toEqual(['eth0 via 10.0.0.9', 'eth1']);
    expect(refusal(() => a.addRoute(via('10.6.0.0/24', '10.0.0.9'), 'change'))).toMatch('ENOENT');
    a.addRoute(via('10.6.0.0/24', '10.0.0.9'), 'replace');
    a.addRoute(via('10.6.0.0/24', '10.0.0.8'), 'change');
    expect(ways(a, '10.6.0.0/24')).toEqual(['eth0 via 10.0.0.8']);
  });
});

describe('deleting a route', () => {
  it('takes the first that agrees with what is given', () => {
    const a = host();
    a.addRoute(via('10.9.0.0/16', '10.0.0.2'));
    a.addRoute(via('10.9.0.0/16', '10.1.0.9', 50));
    expect(refusal(() => a.deleteRoute({ ...prefix('10.9.0.0/16'), metric: 7 }))).toBe(
      'ESRCH: No such process',
    );
    a.deleteRoute({ ...prefix('10.9.0.0/16'), nexthops: [{ gateway: ip('10.1.0.9') }] });
    expect(ways(a, '10.9.0.0/16')).toEqual(['eth0 via 10.0.0.2']);
    a.deleteRoute(prefix('10.9.0.0/16'));
    expect(refusal(() => a.deleteRoute(prefix('10.9.0.0/16')))).toBe('ESRCH: No such process');
  });

  it('refuses bits behind the prefix', () => {
    expect(refusal(() => host().deleteRoute({ ...prefix('10.0.0.7/24') }))).toBe(
      'EINVAL: Invalid prefix for given prefix length',
    );
  });
});

describe('asking for a route', () => {
  const get = (a: NetworkNamespace, destination: string) => {
    const { type, dev: name, gateway, source } = a.getRoute(ip(destination));
    const hop = gateway === undefined ? '' : ` via ${formatIpv4(gateway)}`;
    return `${type} ${name}${hop} src ${formatIpv4(source)}`;
  };

  it('says by which interface, gateway and source', () => {
    const a = host();
    addGateway(a, '0.0.0.0/0', '10.1.0.254');
    expect(get(a, '10.0.0.9')).toBe('unicast eth0 src 10.0.0.1');
    expect(get(a, '8.8.8.8')).toBe('unicast eth1 via 10.1.0.254 src 10.1.0.1');
    expect(get(a, '10.1.0.1')).toBe('local lo src 10.1.0.1');
    expect(get(a, '127.3.2.1')).toBe('local lo src 127.0.0.1');
    expect(get(a, '10.0.0.255')).toBe('broadcast eth0 src 10.0.0.1');
  });

  it.each([
    ['unreachable', 'EHOSTUNREACH: No route to host'],
    ['blackhole', 'EINVAL: Invalid argument'],
    ['prohibit', 'EACCES: Permission denied'],
  ] as const)('is told of type %s', (type, error) => {
    const a = host();
    a.addRoute({ ...prefix('10.9.0.0/16'), type });
    expect(refusal(() => a.getRoute(ip('10.9.1.1')))).toBe(error);
  });

  it('is told when there is none', () => {
    expect(refusal(() => host().getRoute(ip('8.8.8.8')))).toBe('ENETUNREACH: Network is unreachable');
    expect(refusal(() => host().getRoute(ip('10.0.0.9'), { from: ip('10.0.0.77') }))).toMatch('EINVAL');
  });

  it('goes on to the next table at a throw route, and past one whose interface is down', () => {
    const a = host();
    addGateway(a, '0.0.0.0/0', '10.0.0.2');
    a.addRoute({ ...prefix('10.9.0.0/16'), type: 'throw' });
    expect(refusal(() => a.getRoute(ip('10.9.1.1')))).toMatch('ENETUNREACH');
    a.addRoute(dev('10.8.0.0/16', 'eth1'));
    a.setLinkUp('eth1', false);
    expect(get(a, '10.8.0.1')).toBe('unicast eth0 via 10.0.0.2 src 10.0.0.1');
  });

  it('spreads flows over next hops in proportion to their weights', () => {
    const a = host();
    a.addRoute({
      ...prefix('10.9.0.0/16'),
      nexthops: [
        { gateway: ip('10.0.0.2'), weight: 3 },
        { gateway: ip('10.1.0.9'), weight: 1 },
      ],
    });
    let first = 0;
    for (let i = 0; i < 4000; i++) if (a.getRoute(ip('10.9.0.0') + i).dev === 'eth0') first++;
    expect(first / 4000).toBeGreaterThan(0.72);
    expect(first / 4000).toBeLessThan(0.78);
    a.setLinkUp('eth0', false);
    expect(a.getRoute(ip('10.9.3.3')).dev).toBe('eth1');
  });
});
