import { beforeEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';

describe('bridge vlan', () => {
  let world: World;

  beforeEach(() => {
    world = new World(['node', 'pod']);
    world.setUp(
      'node',
      'ip link add br0 address 0a:00:00:00:00:01 type bridge vlan_filtering 1 vlan_protocol 802.1Q',
      'ip link add v0 address 0a:00:00:00:00:02 type veth peer name eth0 netns pod',
      'ip link set v0 master br0',
    );
  });

  const output = (line: string) => world.run('node', line).stdout;

  it('shows members as bridge(8) does', () => {
    world.setUp('node', 'bridge vlan add dev v0 vid 10-12', 'bridge vlan add dev br0 vid 20 self');
    world.setUp('node', 'bridge vlan add dev v0 vid 30 untagged pvid', 'bridge vlan del dev v0 vid 1');
    expect(output('bridge vlan')).toBe(
      [
        'port              vlan-id  ',
        'br0               1 PVID Egress Untagged',
        '                  20',
        'v0                10',
        '                  11',
        '                  12',
        '                  30 PVID Egress Untagged',
        '',
      ].join('\n'),
    );
    expect(output('bridge -c vlan show dev v0')).toBe(
      'port              vlan-id  \nv0                10-12\n                  30 PVID Egress Untagged\n',
    );
    expect(output('bridge vlan show vid 20')).toBe('port              vlan-id  \nbr0               20\n');
    expect(JSON.parse(output('bridge -j vlan show'))).toEqual([
      { ifname: 'br0', vlans: [{ vlan: 1, flags: ['PVID', 'Egress Untagged'] }, { vlan: 20 }] },
      {
        ifname: 'v0',
        vlans: [{ vlan: 10 }, { vlan: 11 }, { vlan: 12 }, { vlan: 30, flags: ['PVID', 'Egress Untagged'] }],
      },
    ]);
    world.setUp('node', 'bridge vlan del dev v0 vid 10-30');
    expect(output('bridge vlan show dev v0')).toBe('port              vlan-id  \n');
  });

  it.each([
    ['vlan add dev br0 vid 5', 'RTNETLINK answers: Operation not supported'],
    ['vlan add dev v0 vid 5 self', 'RTNETLINK answers: Operation not supported'],
    ['vlan add dev v0 vid 0', 'Error: bridge: Vlan id is invalid.'],
    ['vlan add dev v0 vid 5000', 'Invalid VLAN ID "5000"'],
    ['vlan add dev v0 vid 7-5', 'Invalid VLAN range "7-5"'],
    ['vlan add dev v0 vid 7-9 pvid', 'pvid cannot be configured for a vlan range'],
    ['vlan add dev nope vid 3', 'Cannot find bridge device "nope"'],
    ['vlan add vid 3', 'Device and VLAN ID are required arguments.'],
    ['vlan frob', 'Command "frob" is unknown, try "bridge vlan help".'],
    ['vlan show dev nope', 'Cannot find device "nope"'],
    ['fdb add 02:00:00:00:00:09 dev v0 vlan 0 master', 'Error: invalid vlan id.'],
    ['fdb add 02:00:00:00:00:09 dev v0 vlan 5 master', 'RTNETLINK answers: Invalid argument'],
    ['fdb del 02:00:00:00:00:09 dev v0 vlan 5 master', 'RTNETLINK answers: No such file or directory'],
  ])('fails as the real one: bridge %s', (words, message) => {
    expect(world.run('node', `bridge ${words}`)).toMatchObject({ status: 255, stderr: `${message}\n` });
  });

  it('is heard in the forwarding database', () => {
    world.setUp('node', 'bridge vlan add dev v0 vid 5');
    world.setUp('node', 'bridge fdb add 02:00:00:00:00:09 dev v0 vlan 5 master static');
    expect(output('bridge fdb show br br0 vlan 5')).toBe(
      [
        '02:00:00:00:00:09 dev v0 vlan 5 master br0 static',
        '0a:00:00:00:00:02 dev v0 vlan 5 master br0 permanent',
        '',
      ].join('\n'),
    );
    expect(JSON.parse(output('bridge -j fdb show brport v0 vlan 5'))[0]).toMatchObject({ vlan: 5 });
    world.setUp('node', 'bridge fdb del 02:00:00:00:00:09 dev v0 vlan 5 master');
    expect(output('bridge fdb show br br0 vlan 5')).not.toContain('02:00:00:00:00:09');
  });

  it('shows the settings of the bridge, once there are any', () => {
    world.setUp('node', 'ip link set br0 type bridge vlan_default_pvid 100', 'ip link add br1 type bridge');
    const data = (name: string) => JSON.parse(output(`ip -d -j link show ${name}`))[0].linkinfo.info_data;
    expect(data('br0')).toMatchObject({ vlan_filtering: 1, vlan_protocol: '802.1Q', vlan_default_pvid: 100 });
    expect(data('br1')).not.toHaveProperty('vlan_protocol');
    expect(output('bridge vlan show dev v0')).toContain('v0                100 PVID Egress Untagged\n');
    world.setUp('node', 'ip link set br0 type bridge vlan_filtering 0');
    expect(data('br0')).toMatchObject({ vlan_filtering: 0, vlan_default_pvid: 100 });
  });

  it.each([
    ['vlan_filtering x', 'Error: argument "x" is wrong: invalid vlan_filtering'],
    ['vlan_protocol foo', 'Error: argument "foo" is wrong: invalid vlan_protocol'],
    ['vlan_default_pvid 70000', 'Error: argument "70000" is wrong: invalid vlan_default_pvid'],
    ['vlan_default_pvid 4095', 'RTNETLINK answers: Invalid argument'],
  ])('refuses the setting %s', (words, message) => {
    expect(world.run('node', `ip link set br0 type bridge ${words}`).stderr).toBe(`${message}\n`);
  });
});
