import { describe, expect, it } from 'vitest';
import { attachPod, detachPod, type PodAttachment } from '../../../../models/weave/bridge/attach-pod.ts';
import type { BridgeConfig } from '../../../../models/weave/bridge/bridge-config.ts';
import { rulesAreThere } from '../../../../models/weave/bridge/bridge-rules.ts';
import {
  destroyBridge,
  ensureBridge,
  existingBridgeType,
} from '../../../../models/weave/bridge/ensure-bridge.ts';
import { expose } from '../../../../models/weave/bridge/expose.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { addHost, ip, MILLISECOND, newNetwork, SECOND } from '../../../support/networks.ts';

const CONFIG: BridgeConfig = { type: 'bridge', peer: 0x020000000001 };

function node(config: BridgeConfig = CONFIG) {
  const network = newNetwork();
  const host = addHost(network, 'host');
  ensureBridge(host, config);
  expose(host, { address: ip('10.32.0.1'), prefixLength: 12 }, config);
  const attach = (name: string, change: Partial<PodAttachment> = {}) => {
    const pod = addHost(network, name);
    const address = { address: ip('10.32.0.2'), prefixLength: 12 };
    const attached = attachPod({ host, pod, containerId: `${name}0123456789`, address, ...change });
    return { pod, ...attached };
  };
  const run = (time: number) => network.simulation.run({ until: network.simulation.now + time });
  return { network, host, attach, run };
}

describe('a pod that is attached', () => {
  it('has an interface named for its container, and one on the bridge', () => {
    const { host, attach } = node();
    const { pod, hostInterface, gateway } = attach('abc');
    expect(hostInterface).toBe('vethweplabc0123');
    expect(gateway).toBe(ip('10.32.0.1'));
    expect(host.link(hostInterface)).toMatchObject({ master: 'weave', mtu: 65_535, up: true });
    expect(host.link(hostInterface)!.bridgePort!.hairpin).toBe(true);
    expect(pod.link('eth0')).toMatchObject({ mtu: 65_535, operState: 'UP' });
  });

  it('announces its address a millisecond later, with a target of ones', () => {
    const { network, attach, run } = node();
    const { pod } = attach('abc');
    const log = new FrameLog([pod, 'eth0']);
    run(SECOND);
    const [announcement, reflection] = log.frames;
    expect(announcement).toMatchObject({ time: MILLISECOND, direction: 'out' });
    expect([...announcement.bytes.subarray(32, 38)]).toEqual([255, 255, 255, 255, 255, 255]);
    // its port reflects what is flooded
    expect(reflection.direction).toBe('in');
    checkPacketConservation(network);
  });

  it('is told otherwise by what the configuration says', () => {
    const { host, attach } = node();
    const routes = [{ destination: { address: ip('10.0.0.0'), prefixLength: 8 } }];
    const { pod, hostInterface } = attach('abc', {
      mtu: 1300,
      hairpin: false,
      interfaceName: 'net1',
      routes,
    });
    expect(host.link(hostInterface)!.bridgePort!.hairpin).toBe(false);
    expect(pod.link('net1')!.mtu).toBe(1300);
    expect(pod.routes().map(({ prefixLength }) => prefixLength)).toEqual([8, 12]);
  });

  it('reaches a gateway outside of its subnet by a route of its own', () => {
    const { attach } = node();
    const { pod } = attach('abc', { gateway: ip('192.168.5.1') });
    expect(pod.getRoute(ip('8.8.8.8'))).toMatchObject({ gateway: ip('192.168.5.1') });
  });

  it('gets random digits for an id that is too short', () => {
    const { attach } = node();
    const { hostInterface } = attach('abc', { containerId: 'abc' });
    expect(hostInterface).toMatch(/^vethwepl[0-9a-f]{7}$/);
  });

  it('needs a bridge, and an address on it', () => {
    const network = newNetwork();
    const host = addHost(network, 'host');
    const pod = addHost(network, 'pod');
    const attachment = {
      host,
      pod,
      containerId: '0123456',
      address: { address: ip('10.32.0.2'), prefixLength: 12 },
    };
    expect(() => attachPod(attachment)).toThrow('did you launch weave?');
    ensureBridge(host, CONFIG);
    expect(() => attachPod(attachment)).toThrow('Bridge has no IP address');
  });

  it('leaves nothing behind when it could not be attached', () => {
    const { host, attach } = node();
    attach('abc');
    const before = host.links().length;
    const pod = host.network.namespace('abc')!;
    expect(() => attachPod({ host, pod, containerId: 'other01', address: CIDR })).toThrow();
    expect(host.links()).toHaveLength(before);
  });

  it('is detached, once or more', () => {
    const { host, attach } = node();
    const { pod, hostInterface } = attach('abc');
    detachPod(pod);
    detachPod(pod);
    expect(pod.link('eth0')).toBeUndefined();
    expect(host.link(hostInterface)).toBeUndefined();
  });

  it('that goes at once announces nothing', () => {
    const { network, attach, run } = node();
    const { pod } = attach('abc');
    detachPod(pod);
    run(SECOND);
    checkPacketConservation(network);
  });
});

const CIDR = { address: ip('10.32.0.3'), prefixLength: 12 };

describe('the bridge', () => {
  it('stays as it is when the router starts again, and its address is exposed again', () => {
    const { host } = node();
    host.netfilter.flushChain('nat');
    const links = host.links().map(({ ifindex, name }) => `${ifindex} ${name}`);
    ensureBridge(host, CONFIG);
    expect(host.links().map(({ ifindex, name }) => `${ifindex} ${name}`)).toEqual(links);
    expect(host.netfilter.chain('nat', 'WEAVE')!.rules).toHaveLength(3);
    expect(host.netfilter.chain('nat', 'POSTROUTING')!.rules).toHaveLength(1);
  });

  it('of another type is in the way', () => {
    const { host } = node();
    expect(() => ensureBridge(host, { ...CONFIG, type: 'bridged_fastdp' })).toThrow('weave reset');
    destroyBridge(host);
    expect(existingBridgeType(host)).toBeNull();
    expect(ensureBridge(host, { ...CONFIG, type: 'bridged_fastdp' }).name).toBe('vethwe-datapath');
    expect(host.link('weave')!.mtu).toBe(1376);
  });

  it('shows that its rules are gone by the canary', () => {
    const { host } = node();
    expect(rulesAreThere(host)).toBe(true);
    host.netfilter.flushChain('filter');
    host.netfilter.deleteChain('filter');
    expect(rulesAreThere(host)).toBe(false);
    ensureBridge(host, CONFIG);
    expect(rulesAreThere(host)).toBe(true);
    expect(host.netfilter.chain('filter', 'FORWARD')!.rules).toHaveLength(4);
  });

  it('keeps the order of its rules at the top of the chain', () => {
    const { host } = node();
    host.netfilter.deleteRule('filter', 'FORWARD', 2);
    host.netfilter.insertRule('filter', 'FORWARD', { target: { target: 'DROP' } });
    ensureBridge(host, CONFIG);
    const targets = host.netfilter.chain('filter', 'FORWARD')!.rules.map(({ target }) => target!.target);
    expect(targets).toEqual(['ACCEPT', 'chain', 'ACCEPT', 'ACCEPT', 'DROP']);
  });
});
