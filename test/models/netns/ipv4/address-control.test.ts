import { describe, expect, it } from 'vitest';
import { setCable } from '../../../../models/netns/interface/link-control.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { formatIpv4, formatPrefix } from '../../../../models/wire/ipv4-address.ts';
import { addAddress, addGateway, ip, prefix, twoHosts } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

/** The routes of a table in short: type, prefix and, for the local table, the address that brought them. */
function table(host: NetworkNamespace, number: number): string[] {
  return host
    .routes(number)
    .filter((route) => route.nexthops[0]?.dev === 'eth0')
    .map(({ type, destination, prefixLength, preferredSource }) => {
      const source = preferredSource === undefined ? '' : ` src ${formatIpv4(preferredSource)}`;
      return `${type} ${formatPrefix({ address: destination, length: prefixLength })}${source}`;
    });
}

describe('an address', () => {
  it('brings itself, its subnet and its broadcast address as routes', () => {
    const { a } = twoHosts();
    expect(table(a, 254)).toEqual(['unicast 10.0.0.0/24 src 10.0.0.1']);
    expect(table(a, 255)).toEqual(['local 10.0.0.1/32 src 10.0.0.1', 'broadcast 10.0.0.255/32 src 10.0.0.1']);
  });

  it.each([
    ['10.7.0.1/31', ['unicast 10.7.0.0/31 src 10.7.0.1'], ['local 10.7.0.1/32 src 10.7.0.1']],
    ['10.7.0.1/32', [], ['local 10.7.0.1/32 src 10.7.0.1']],
  ])('%s brings no broadcast address', (address, main, local) => {
    const { a } = twoHosts();
    a.deleteAddress('eth0', ip('10.0.0.1'), 24);
    addAddress(a, 'eth0', address);
    expect(table(a, 254)).toEqual(main);
    expect(table(a, 255)).toEqual(local);
  });

  it('is refused a second time and can only be taken away when it is there', () => {
    const { a } = twoHosts();
    expect(refusal(() => addAddress(a, 'eth0', '10.0.0.1/24'))).toBe(
      'EEXIST: ipv4: Address already assigned',
    );
    expect(refusal(() => a.deleteAddress('eth0', ip('10.0.0.7'), 24))).toBe(
      'EADDRNOTAVAIL: ipv4: Address not found',
    );
    expect(refusal(() => a.deleteAddress('eth0', ip('10.0.0.1'), 16))).toMatch('EADDRNOTAVAIL');
    expect(refusal(() => addAddress(a, 'eth7', '10.0.0.1/24'))).toMatch('ENODEV');
  });

  it('in a subnet that is there already is secondary and goes with the primary one', () => {
    const { a } = twoHosts();
    addAddress(a, 'eth0', '10.0.0.5/24');
    addAddress(a, 'eth0', '10.3.0.5/24');
    const flags = () =>
      a.link('eth0')!.addresses.map((entry) => [formatIpv4(entry.address), entry.secondary]);
    expect(flags()).toEqual([
      ['10.0.0.1', false],
      ['10.3.0.5', false],
      ['10.0.0.5', true],
    ]);
    a.deleteAddress('eth0', ip('10.0.0.1'), 24);
    expect(flags()).toEqual([['10.3.0.5', false]]);
  });

  it('is promoted when promote_secondaries says so, and its subnet route with it', () => {
    const { a } = twoHosts();
    a.setSysctl('net.ipv4.conf.all.promote_secondaries', '1');
    addAddress(a, 'eth0', '10.0.0.5/24');
    a.deleteAddress('eth0', ip('10.0.0.1'), 24);
    expect(a.link('eth0')!.addresses).toMatchObject([{ address: ip('10.0.0.5'), secondary: false }]);
    expect(table(a, 254)).toEqual(['unicast 10.0.0.0/24 src 10.0.0.5']);
  });

  it('that goes takes the routes of table main along that prefer it as a source', () => {
    const { a } = twoHosts();
    addAddress(a, 'eth0', '10.3.0.1/24');
    for (const id of [254, 255, 100]) {
      a.addRoute({
        ...prefix('10.9.0.0/16'),
        table: id,
        nexthops: [{ dev: 'eth0' }],
        preferredSource: ip('10.3.0.1'),
      });
    }
    a.deleteAddress('eth0', ip('10.3.0.1'), 24);
    expect(table(a, 254)).toEqual(['unicast 10.0.0.0/24 src 10.0.0.1']);
    for (const id of [255, 100]) expect(table(a, id)).toContain('unicast 10.9.0.0/16 src 10.3.0.1');
  });

  it('on a link without carrier brings routes that say so, but for the address itself', () => {
    const { a, cable } = twoHosts();
    const states = () =>
      [254, 255].flatMap((number) =>
        a
          .routes(number)
          .filter((route) => route.nexthops[0]?.dev === 'eth0')
          .map((route) => [route.type, ...route.nexthops[0].flags]),
      );
    const lost = [['unicast', 'linkdown'], ['local'], ['broadcast', 'linkdown']];
    setCable(cable, false);
    expect(states()).toEqual(lost);
    a.deleteAddress('eth0', ip('10.0.0.1'), 24);
    addAddress(a, 'eth0', '10.0.0.1/24');
    expect(states()).toEqual(lost);
    setCable(cable, true);
    expect(states()).toEqual([['unicast'], ['local'], ['broadcast']]);
  });

  it('that is the last of its interface takes all its routes and neighbours along', () => {
    const { a } = twoHosts();
    addAddress(a, 'eth0', '10.3.0.1/24');
    addGateway(a, '10.9.0.0/16', '10.0.0.2');
    a.addRoute({ ...prefix('10.8.0.0/16'), nexthops: [{ dev: 'eth0' }] });
    a.setNeighbour({ address: ip('10.0.0.9'), dev: 'eth0', mac: 0x020000000009 }, 'add');
    a.deleteAddress('eth0', ip('10.0.0.1'), 24);
    expect(table(a, 254)).toEqual([
      'unicast 10.3.0.0/24 src 10.3.0.1',
      'unicast 10.8.0.0/16',
      'unicast 10.9.0.0/16',
    ]);
    expect(a.neighbours()).toHaveLength(1);
    a.deleteAddress('eth0', ip('10.3.0.1'), 24);
    expect(table(a, 254)).toEqual([]);
    expect(a.neighbours()).toEqual([]);
  });
});
