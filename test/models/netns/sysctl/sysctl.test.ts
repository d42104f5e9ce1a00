import { describe, expect, it } from 'vitest';
import { bridgedPods, newNetwork, twoHosts } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

/** Names that only tell. */
const READ_ONLY = new Set(['net.netfilter.nf_conntrack_count', 'net.ipv4.tcp_available_congestion_control']);

describe('sysctls', () => {
  it('have the defaults of Linux', () => {
    const host = newNetwork().addNamespace('host');
    for (const [name, value] of [
      ['net.ipv4.ip_forward', '0'],
      ['net.ipv4.ip_default_ttl', '64'],
      ['net.ipv4.icmp_ratelimit', '1000'],
      ['net.ipv4.icmp_ratemask', '6168'],
      ['net.ipv4.ip_local_port_range', '32768\t60999'],
      ['net.ipv4.conf.all.rp_filter', '0'],
      ['net.ipv4.conf.lo.accept_redirects', '1'],
      ['net.ipv4.neigh.default.base_reachable_time_ms', '30000'],
      ['net.ipv4.neigh.default.base_reachable_time', '30'],
      ['net.ipv4.neigh.default.retrans_time_ms', '1000'],
      ['net.ipv4.neigh.lo.proxy_delay', '80'],
      ['net.ipv4.neigh.lo.unres_qlen_bytes', '212992'],
    ]) {
      expect([name, host.sysctl(name)]).toEqual([name, value]);
    }
  });

  it('know the congestion controls that there are, and no others', () => {
    const { a } = twoHosts();
    expect(a.sysctl('net.ipv4.tcp_congestion_control')).toBe('cubic');
    for (const name of a.sysctl('net.ipv4.tcp_available_congestion_control').split(' ')) {
      a.setSysctl('net.ipv4.tcp_congestion_control', name);
    }
    expect(() => a.setSysctl('net.ipv4.tcp_congestion_control', 'vegas')).toThrow('No such file');
    expect(() => a.setSysctl('net.ipv4.tcp_available_congestion_control', 'reno')).toThrow(
      'Permission denied',
    );
  });

  it('can all be read, and written back as they are', () => {
    const { a } = twoHosts();
    const names = a.sysctlNames();
    expect(names).toContain('net.ipv4.conf.eth0.rp_filter');
    for (const name of names) {
      if (READ_ONLY.has(name)) continue;
      const value = a.sysctl(name);
      a.setSysctl(name, value);
      expect([name, a.sysctl(name)]).toEqual([name, value]);
    }
  });

  it.each([
    'net.ipv4.nonsense',
    'net.ipv4.conf.eth9.rp_filter',
    'net.ipv4.conf.all.constructor',
    'net.ipv4.neigh.all.locktime',
    'constructor',
    '',
  ])('do not include %j', (name) => {
    const host = newNetwork().addNamespace('host');
    expect(refusal(() => host.sysctl(name))).toMatch('ENOENT');
    expect(refusal(() => host.setSysctl(name, '1'))).toMatch('ENOENT');
  });

  it.each([
    ['net.ipv4.ip_forward', 'yes'],
    ['net.ipv4.ip_forward', ''],
    ['net.ipv4.ip_default_ttl', '0'],
    ['net.ipv4.ip_default_ttl', '256'],
    ['net.ipv4.ip_local_port_range', '40000 30000'],
    ['net.ipv4.ip_local_port_range', '40000'],
    ['net.ipv4.conf.all.rp_filter', '1.5'],
    ['net.ipv4.neigh.default.retrans_time_ms', '-1'],
  ])('refuse %s = %j', (name, value) => {
    const host = newNetwork().addNamespace('host');
    expect(refusal(() => host.setSysctl(name, value))).toBe('EINVAL: Invalid argument');
  });

  it('take any number for rp_filter, as the kernel does', () => {
    const host = newNetwork().addNamespace('host');
    host.setSysctl('net.ipv4.conf.lo.rp_filter', '7');
    expect(host.sysctl('net.ipv4.conf.lo.rp_filter')).toBe('7');
  });

  it('give a time in the unit of its name', () => {
    const host = newNetwork().addNamespace('host');
    host.setSysctl('net.ipv4.neigh.lo.locktime', '250');
    expect(host.findInterface('lo')!.neighbourConfig.lockTime).toBe(2.5e9);
    host.setSysctl('net.ipv4.neigh.lo.base_reachable_time_ms', '1500');
    expect(host.sysctl('net.ipv4.neigh.lo.base_reachable_time')).toBe('2');
  });

  it('keep namespaces apart that share their defaults', () => {
    const { pods } = bridgedPods(2);
    pods[0].setSysctl('net.ipv4.ip_default_ttl', '7');
    pods[0].setSysctl('net.ipv4.conf.all.arp_ignore', '1');
    pods[0].setSysctl('net.ipv4.conf.default.arp_ignore', '2');
    expect(pods[1].sysctl('net.ipv4.ip_default_ttl')).toBe('64');
    expect(pods[1].sysctl('net.ipv4.conf.all.arp_ignore')).toBe('0');
    expect(pods[1].sysctl('net.ipv4.conf.default.arp_ignore')).toBe('0');
  });
});

describe('ip_forward', () => {
  it('sets every interface, those to come, and stops listening to redirects', () => {
    const { a } = twoHosts();
    a.setSysctl('net.ipv4.ip_forward', '1');
    a.addBridge({ name: 'br0' });
    for (const device of ['all', 'default', 'eth0', 'br0']) {
      expect([device, a.sysctl(`net.ipv4.conf.${device}.forwarding`)]).toEqual([device, '1']);
    }
    expect(a.sysctl('net.ipv4.conf.all.accept_redirects')).toBe('0');
    a.setSysctl('net.ipv4.conf.all.forwarding', '0');
    expect(a.sysctl('net.ipv4.ip_forward')).toBe('0');
    expect(a.sysctl('net.ipv4.conf.all.accept_redirects')).toBe('1');
  });

  it('leaves everything as it is when it is set to what it was', () => {
    const { a } = twoHosts();
    a.setSysctl('net.ipv4.ip_forward', '1');
    a.setSysctl('net.ipv4.conf.eth0.forwarding', '0');
    a.setSysctl('net.ipv4.ip_forward', '1');
    expect(a.sysctl('net.ipv4.conf.eth0.forwarding')).toBe('0');
  });
});

describe('conf.default', () => {
  it('reaches interfaces without an address, value by value unless set on the interface itself', () => {
    const { a } = twoHosts();
    a.addBridge({ name: 'br0' });
    a.setSysctl('net.ipv4.conf.br0.arp_ignore', '1');
    a.setSysctl('net.ipv4.conf.default.arp_ignore', '2');
    a.setSysctl('net.ipv4.conf.default.arp_notify', '1');
    a.setSysctl('net.ipv4.ip_forward', '1');
    a.setSysctl('net.ipv4.conf.default.proxy_arp', '1');
    const values = (device: string) =>
      ['arp_ignore', 'arp_notify', 'proxy_arp'].map((key) => a.sysctl(`net.ipv4.conf.${device}.${key}`));
    expect(values('br0')).toEqual(['1', '1', '1']);
    // eth0 has got an address: all its values count as set
    expect(values('eth0')).toEqual(['0', '0', '0']);
  });
});
