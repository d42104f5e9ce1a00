import { describe, expect, it } from 'vitest';
import { connect, setCable } from '../../../../models/netns/interface/link-control.ts';
import { parseMac } from '../../../../models/wire/mac-address.ts';
import {
  addAddress,
  addGateway,
  addHost,
  bridgedPods,
  IDEAL_CABLE,
  ip,
  newNetwork,
  twoHosts,
} from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

const mac = (text: string) => parseMac(text)!;

describe('links', () => {
  it('begins with a loopback that gets 127.0.0.1/8 when it comes up', () => {
    const host = newNetwork().addNamespace('host');
    expect(host.link('lo')).toMatchObject({ ifindex: 1, kind: 'loopback', up: false, mtu: 65_536 });
    host.setLinkUp('lo', true);
    expect(host.link('lo')!.addresses).toMatchObject([{ address: ip('127.0.0.1'), prefixLength: 8 }]);
    expect(host.routes(255).map((route) => [route.type, route.prefixLength])).toEqual([
      ['local', 8],
      ['local', 32],
      ['broadcast', 32],
    ]);
  });

  it('has the routes of its loopback when that comes up after the tables were looked at', () => {
    const host = newNetwork().addNamespace('host');
    expect(host.routes(255)).toEqual([]);
    host.setLinkUp('lo', true);
    expect(host.hasAddress(ip('127.0.0.1'))).toBe(true);
    expect(host.routes(255)).toHaveLength(3);
  });

  it('numbers the far end of a veth pair first, as the kernel does', () => {
    const host = newNetwork().addNamespace('host');
    host.addVeth({ name: 'near', peer: { name: 'far' } });
    expect(host.links().map((link) => [link.ifindex, link.name])).toEqual([
      [1, 'lo'],
      [2, 'far'],
      [3, 'near'],
    ]);
    expect(host.link('near')!.peer).toEqual({ namespace: 'host', name: 'far', ifindex: 2 });
  });

  it.each(['', 'sixteen-letters-', 'a/b', 'a b', 'a:b', '.', '..'])('refuses the name %j', (name) => {
    const host = newNetwork().addNamespace('host');
    expect(refusal(() => host.addBridge({ name }))).toBe('EINVAL: Invalid argument');
  });

  it('refuses what does not exist, exists already, or does not fit', () => {
    const host = newNetwork().addNamespace('host');
    host.addBridge({ name: 'br0' });
    host.addVeth({ name: 'v0', peer: { name: 'v1' } });
    expect(refusal(() => host.addBridge({ name: 'br0' }))).toBe('EEXIST: File exists');
    expect(refusal(() => host.addVeth({ name: 'x', peer: { name: 'v0' } }))).toBe('EEXIST: File exists');
    expect(refusal(() => host.addVeth({ name: 'x', peer: { name: 'x' } }))).toBe('EEXIST: File exists');
    expect(refusal(() => host.setLinkUp('nope', true))).toMatch('ENODEV');
    expect(refusal(() => host.deleteLink('lo'))).toMatch('EOPNOTSUPP');
    expect(refusal(() => host.setMtu('v0', 67))).toBe('EINVAL: mtu less than device minimum');
    expect(refusal(() => host.setMtu('v0', 65_536))).toBe('EINVAL: mtu greater than device maximum');
    expect(refusal(() => host.setMac('v0', mac('01:00:5e:00:00:01')))).toMatch('EADDRNOTAVAIL');
    expect(refusal(() => host.setMac('v0', 0))).toMatch('EADDRNOTAVAIL');
    expect(refusal(() => host.renameLink('v0', 'v1'))).toBe('EEXIST: File exists');
    expect(refusal(() => host.setMaster('v0', 'v1'))).toMatch('EOPNOTSUPP');
    expect(refusal(() => host.setMaster('lo', 'br0'))).toMatch('EINVAL');
    host.addBridge({ name: 'br1' });
    expect(refusal(() => host.setMaster('br1', 'br0'))).toBe('ELOOP: Can not enslave a bridge to a bridge');
  });

  it('takes both ends of a veth pair away at once, and the ports of a bridge that goes', () => {
    const { node, pods } = bridgedPods(2);
    node.deleteLink('v-pod1');
    expect(pods[0].link('eth0')).toBeUndefined();
    expect(node.link('v-pod1')).toBeUndefined();
    node.deleteLink('br0');
    expect(node.link('v-pod2')).not.toHaveProperty('master');
    expect(node.routes()).toEqual([]);
  });

  it('tells both ends of a pair or a cable of a loss of carrier', () => {
    const { a, b, cable } = twoHosts();
    const states = () => [a, b].map((host) => host.link('eth0')!.operState);
    expect(states()).toEqual(['UP', 'UP']);
    setCable(cable, false);
    expect(states()).toEqual(['DOWN', 'DOWN']);
    setCable(cable, true);
    b.setLinkUp('eth0', false);
    expect(states()).toEqual(['DOWN', 'DOWN']);
    expect(a.link('eth0')!.up).toBe(true);
    const { node, pods } = bridgedPods(1);
    pods[0].setLinkUp('eth0', false);
    expect(node.link('v-pod1')!.operState).toBe('LOWERLAYERDOWN');
    expect(node.link('br0')!.carrier).toBe(false);
  });

  it('refuses a second cable', () => {
    const { network, a } = twoHosts();
    const c = addHost(network, 'c').addPhysical({ name: 'eth0' });
    expect(refusal(() => connect(a.findInterface('eth0')!, c, IDEAL_CABLE))).toMatch('EBUSY');
  });

  it('moves an interface into another namespace, down and bare', () => {
    const network = newNetwork();
    const [from, to] = ['from', 'to'].map((name) => addHost(network, name));
    from.addVeth({ name: 'v0', peer: { name: 'v1' } });
    from.setLinkUp('v0', true);
    addAddress(from, 'v0', '10.0.0.1/24');
    from.moveLink('v0', to);
    expect(from.link('v0')).toBeUndefined();
    expect(from.routes()).toEqual([]);
    expect(to.link('v0')).toMatchObject({ up: false, addresses: [] });
    expect(from.link('v1')!.peer).toMatchObject({ namespace: 'to', name: 'v0' });
    to.addBridge({ name: 'v1' });
    expect(refusal(() => from.moveLink('v1', to))).toBe(
      'EEXIST: An interface with the same name exists in the target netns',
    );
    expect(refusal(() => to.moveLink('lo', from))).toMatch('EINVAL');
  });

  it('leaves an interface that is moved to where it is as it was', () => {
    const { a } = twoHosts();
    a.moveLink('eth0', a);
    expect(a.link('eth0')).toMatchObject({ up: true, addresses: [{ address: ip('10.0.0.1') }] });
  });
});

describe('taking a link down', () => {
  it('takes its routes and neighbours along, and brings back only its subnets', () => {
    const { a } = twoHosts();
    addGateway(a, '10.9.0.0/16', '10.0.0.2');
    a.setNeighbour({ address: ip('10.0.0.9'), dev: 'eth0', mac: 0x020000000009 }, 'add');
    a.setLinkUp('eth0', false);
    expect(a.routes()).toEqual([]);
    expect(a.neighbours()).toEqual([]);
    // the address itself still answers (weak host model)
    expect(a.hasAddress(ip('10.0.0.1'))).toBe(true);
    a.setLinkUp('eth0', true);
    expect(a.routes()).toMatchObject([{ destination: ip('10.0.0.0'), prefixLength: 24 }]);
  });

  it('keeps routes and permanent neighbours when only the carrier is lost', () => {
    const { a, cable } = twoHosts();
    addGateway(a, '10.9.0.0/16', '10.0.0.2');
    a.setNeighbour({ address: ip('10.0.0.9'), dev: 'eth0', mac: 0x020000000009 }, 'add');
    a.setNeighbour({ address: ip('10.0.0.8'), dev: 'eth0', mac: 0x020000000008, state: 'stale' }, 'add');
    setCable(cable, false);
    expect(a.routes().map((route) => route.nexthops[0].flags)).toEqual([['linkdown'], ['linkdown']]);
    expect(a.neighbours()).toMatchObject([{ address: ip('10.0.0.9'), state: 'permanent' }]);
    setCable(cable, true);
    expect(a.routes().map((route) => route.nexthops[0].flags)).toEqual([[], []]);
  });
});

describe('a MAC address', () => {
  it('that changes makes the interface forget all its neighbours', () => {
    const { a } = twoHosts();
    a.setNeighbour({ address: ip('10.0.0.9'), dev: 'eth0', mac: 0x020000000009 }, 'add');
    a.setNeighbour({ address: ip('10.0.0.8'), dev: 'eth0', mac: 0x020000000008, state: 'stale' }, 'add');
    a.setMac('eth0', mac('02:00:00:00:11:11'));
    expect(a.neighbours()).toEqual([]);
  });

  it('drawn is local, not a group, and another for each', () => {
    const { pods } = bridgedPods(8);
    const macs = pods.map((pod) => pod.link('eth0')!.mac);
    expect(new Set(macs).size).toBe(8);
    for (const address of macs) expect(Math.floor(address / 2 ** 40) & 3).toBe(2);
  });
});

describe('a bridge', () => {
  const portMac = (number: number) => mac(`02:00:00:00:00:0${number}`);

  function bridgeWithPorts(bridgeMac?: number) {
    const host = newNetwork().addNamespace('host');
    host.addBridge({ name: 'br0', mac: bridgeMac });
    for (const number of [2, 1]) {
      host.addVeth({
        name: `p${number}`,
        mac: portMac(number),
        mtu: 1500 - 100 * number,
        peer: { name: `q${number}` },
      });
      host.setMaster(`p${number}`, 'br0');
    }
    return host;
  }

  it('takes the lowest address and the smallest MTU of its ports', () => {
    const host = bridgeWithPorts();
    expect(host.link('br0')).toMatchObject({ mac: portMac(1), mtu: 1300 });
    host.setMaster('p2', undefined);
    expect(host.link('br0')).toMatchObject({ mac: portMac(1), mtu: 1400 });
    host.setMaster('p1', undefined);
    expect(host.link('br0')).toMatchObject({ mac: 0, mtu: 1500 });
  });

  it('keeps an address and an MTU that the user gave it', () => {
    const host = bridgeWithPorts(mac('02:00:00:00:00:99'));
    host.setMtu('br0', 1234);
    host.setMtu('p1', 1000);
    expect(host.link('br0')).toMatchObject({ mac: mac('02:00:00:00:00:99'), mtu: 1234 });
    host.setMaster('p2', undefined);
    expect(host.link('br0')).toMatchObject({ mac: mac('02:00:00:00:00:99'), mtu: 1234 });
  });

  it('still knows its own address when a port of the same address goes or changes', () => {
    for (const part of ['leave', 'change'] as const) {
      const host = bridgeWithPorts();
      host.setMac('br0', portMac(2));
      if (part === 'leave') host.setMaster('p2', undefined);
      else host.setMac('p2', mac('02:00:00:00:00:77'));
      expect(host.fdb('br0').filter((entry) => entry.mac === portMac(2))).toMatchObject([{ local: true }]);
    }
  });

  it('is not running with ports of which none is, and is before it ever had one', () => {
    const host = newNetwork().addNamespace('host');
    host.addBridge({ name: 'br0' });
    host.setLinkUp('br0', true);
    expect(host.link('br0')).toMatchObject({ operState: 'UNKNOWN', carrier: true });
    host.addVeth({ name: 'p', peer: { name: 'q' } });
    host.setMaster('p', 'br0');
    expect(host.link('br0')).toMatchObject({ operState: 'DOWN', carrier: false });
    host.setLinkUp('p', true);
    host.setLinkUp('q', true);
    expect(host.link('br0')).toMatchObject({ operState: 'UP', carrier: true });
    host.setLinkUp('q', false);
    expect(host.link('br0')).toMatchObject({ operState: 'DOWN', carrier: false });
  });
});

describe('removing a namespace', () => {
  it('takes its interfaces and the far ends of its veth pairs along', () => {
    const { network, node, pods } = bridgedPods(2);
    network.removeNamespace('pod1');
    expect(node.link('v-pod1')).toBeUndefined();
    expect(network.namespaces()).toEqual([node, pods[1]]);
    node.addVeth({ name: 'x', peer: { name: 'y' } });
    network.removeNamespace('node');
    expect(node.links()).toEqual([]);
    expect(pods[1].link('eth0')).toBeUndefined();
  });
});

describe('an interface whose routes nobody has looked at', () => {
  it.each(['down', 'deleted'])('takes its default route along when it is %s', (how) => {
    const { pods } = bridgedPods(1);
    if (how === 'down') pods[0].setLinkUp('eth0', false);
    else pods[0].deleteLink('eth0');
    expect(pods[0].routes()).toEqual([]);
  });
});
