import { describe, expect, it } from 'vitest';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../../../../models/payload.ts';
import { sendRawFrame } from '../../../../models/traffic/raw-frame.ts';
import { PingSocket } from '../../../../models/transport/ping-socket.ts';
import { ARP_PACKET_LENGTH, ArpOperation, emitArp } from '../../../../models/wire/arp.ts';
import { EtherType } from '../../../../models/wire/ethernet.ts';
import type { Ipv4Address } from '../../../../models/wire/ipv4-address.ts';
import { BROADCAST_MAC } from '../../../../models/wire/mac-address.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { addAddress, addGateway, ip, SECOND, type TwoHosts, twoHosts } from '../../../support/networks.ts';

const B = ip('10.0.0.2');
const OTHER = ip('10.0.0.50');
const MAC = 0x020000000050;

interface ArpFields {
  operation?: number;
  /** Ethernet destination. */
  to?: number;
  senderMac?: number;
  sender?: Ipv4Address;
  targetMac?: number;
  target: Ipv4Address;
}

/** Puts an ARP packet on the cable towards b and answers what b sends in the next `seconds`. */
function toB(world: TwoHosts, fields: ArpFields, seconds = 0.001): string[] {
  const { a, b, network } = world;
  const log = new FrameLog([b, 'eth0']);
  const bytes = new Uint8Array(ARP_PACKET_LENGTH);
  const { operation = ArpOperation.request, senderMac = MAC, sender = OTHER, targetMac = 0 } = fields;
  emitArp(bytes, 0, operation, senderMac, sender, targetMac, fields.target);
  sendRawFrame(a.findInterface('eth0')!, fields.to ?? BROADCAST_MAC, senderMac, EtherType.arp, bytes);
  network.simulation.run({ until: network.simulation.now + seconds * SECOND });
  checkPacketConservation(network);
  return log.frames.filter((frame) => frame.direction === 'out').map((frame) => frame.text);
}

function known(host: NetworkNamespace): [mac: number | undefined, state: string][] {
  return host.neighbours().map((entry) => [entry.mac, entry.state]);
}

const isAt = (host: NetworkNamespace, address: string) => {
  const mac = host
    .link('eth0')!
    .mac.toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
  return [`Reply ${address} is-at ${mac}, length 28`];
};

describe('a request', () => {
  it('for one of our addresses is answered, and its sender learnt', () => {
    const world = twoHosts();
    expect(toB(world, { target: B })).toEqual(isAt(world.b, '10.0.0.2'));
    expect(known(world.b)).toEqual([[MAC, 'stale']]);
  });

  it('for an address of another interface is answered too, by default', () => {
    const world = twoHosts();
    addAddress(world.b, 'lo', '10.7.0.1/32');
    expect(toB(world, { target: ip('10.7.0.1') })).toEqual(isAt(world.b, '10.7.0.1'));
  });

  it('for another host is neither answered nor learnt from', () => {
    const world = twoHosts();
    expect(toB(world, { target: ip('10.0.0.99') })).toEqual([]);
    expect(known(world.b)).toEqual([]);
  });

  it('without a sender address (RFC 5227 probe) is answered, not learnt from', () => {
    const world = twoHosts();
    expect(toB(world, { sender: 0, target: B })).toEqual(isAt(world.b, '10.0.0.2'));
    expect(known(world.b)).toEqual([]);
  });

  it.each<[mode: string, target: string, sender: string, answered: boolean]>([
    ['0', '10.7.0.1', '10.0.0.50', true],
    ['1', '10.7.0.1', '10.0.0.50', false],
    ['1', '10.0.0.2', '10.9.0.50', true],
    ['2', '10.0.0.2', '10.9.0.50', false],
    ['2', '10.0.0.2', '10.0.0.50', true],
    ['8', '10.0.0.2', '10.0.0.50', false],
  ])('with arp_ignore %s for %s from %s is answered: %s', (mode, target, sender, answered) => {
    const world = twoHosts();
    addAddress(world.b, 'lo', '10.7.0.1/32');
    addGateway(world.b, '10.9.0.0/16', '10.0.0.1');
    world.b.setSysctl('net.ipv4.conf.all.arp_ignore', mode);
    expect(toB(world, { target: ip(target), sender: ip(sender) })).toHaveLength(answered ? 1 : 0);
  });

  it('with arp_filter is answered only by the interface on the way back', () => {
    const world = twoHosts();
    world.b.setSysctl('net.ipv4.conf.all.arp_filter', '1');
    expect(toB(world, { target: B })).toHaveLength(1);
    world.b.addVeth({ name: 'eth1', peer: { name: 'far' } });
    for (const name of ['eth1', 'far']) world.b.setLinkUp(name, true);
    addAddress(world.b, 'eth1', '10.0.0.50/32');
    world.b.addRoute({ destination: ip('10.0.0.60'), prefixLength: 32, nexthops: [{ dev: 'eth1' }] });
    expect(toB(world, { target: B, sender: ip('10.0.0.60') })).toEqual([]);
  });

  it('that comes to a host that already knows its sender updates it after the lock time', () => {
    const world = twoHosts();
    toB(world, { target: B });
    toB(world, { target: ip('10.0.0.99'), senderMac: MAC + 1 });
    expect(known(world.b)).toEqual([[MAC, 'stale']]);
    world.network.simulation.run({ until: 2 * SECOND });
    toB(world, { target: ip('10.0.0.99'), senderMac: MAC + 1 });
    expect(known(world.b)).toEqual([[MAC + 1, 'stale']]);
  });
});

describe('proxy ARP', () => {
  function proxy(delay: string): TwoHosts {
    const world = twoHosts();
    world.b.addVeth({ name: 'eth1', peer: { name: 'far' } });
    for (const name of ['eth1', 'far']) world.b.setLinkUp(name, true);
    world.b.addRoute({ destination: ip('10.5.0.0'), prefixLength: 16, nexthops: [{ dev: 'eth1' }] });
    world.b.setSysctl('net.ipv4.ip_forward', '1');
    world.b.setSysctl('net.ipv4.conf.eth0.proxy_arp', '1');
    world.b.setSysctl('net.ipv4.neigh.eth0.proxy_delay', delay);
    return world;
  }

  it('answers for what it routes out of another interface, at once without a delay', () => {
    const world = proxy('0');
    expect(toB(world, { target: ip('10.5.3.3') })).toEqual(isAt(world.b, '10.5.3.3'));
    expect(toB(world, { target: ip('10.0.0.99') })).toEqual([]);
    expect(toB(world, { target: ip('99.0.0.1') })).toEqual([]);
  });

  it('waits a random part of proxy_delay, but not for a unicast request', () => {
    const world = proxy('80');
    expect(toB(world, { target: ip('10.5.3.3') })).toEqual([]);
    const log = new FrameLog([world.b, 'eth0']);
    world.network.simulation.run({ until: SECOND });
    expect(log.texts(/Reply/)).toEqual(isAt(world.b, '10.5.3.3'));
    const to = world.b.link('eth0')!.mac;
    expect(toB(world, { target: ip('10.5.3.4'), to })).toEqual(isAt(world.b, '10.5.3.4'));
  });
});

describe('a reply', () => {
  it('that nobody asked for makes no entry, and refreshes one that is there', () => {
    const world = twoHosts();
    const to = world.b.link('eth0')!.mac;
    const reply = { operation: ArpOperation.reply, to, target: B, targetMac: to };
    toB(world, reply);
    expect(known(world.b)).toEqual([]);
    toB(world, { target: B });
    toB(world, reply);
    expect(known(world.b)).toEqual([[MAC, 'reachable']]);
  });

  it('of a second holder within the lock time does not win over the first', () => {
    const world = twoHosts();
    const to = world.b.link('eth0')!.mac;
    world.b.setNeighbour({ address: OTHER, dev: 'eth0', state: 'incomplete' }, 'add');
    for (const senderMac of [MAC, MAC + 1]) {
      toB(world, { operation: ArpOperation.reply, to, target: B, targetMac: to, senderMac });
    }
    expect(known(world.b)).toEqual([[MAC, 'reachable']]);
  });
});

describe('gratuitous ARP', () => {
  it.each([ArpOperation.request, ArpOperation.reply])(
    'of operation %i updates, and adds only with arp_accept',
    (operation) => {
      const world = twoHosts();
      const announcement = {
        operation,
        target: OTHER,
        targetMac: operation === ArpOperation.reply ? MAC : 0,
      };
      toB(world, announcement);
      expect(known(world.b)).toEqual([]);
      world.b.setSysctl('net.ipv4.conf.all.arp_accept', '1');
      toB(world, announcement);
      expect(known(world.b)).toEqual([[MAC, 'stale']]);
      const moved = {
        ...announcement,
        senderMac: MAC + 1,
        targetMac: operation === ArpOperation.reply ? MAC + 1 : 0,
      };
      toB(world, moved);
      expect(known(world.b)).toEqual([[MAC + 1, 'stale']]);
    },
  );

  it('is sent by arp_notify when a link comes up or its address changes', () => {
    const { a, b, network } = twoHosts();
    const log = new FrameLog([a, 'eth0']);
    b.setSysctl('net.ipv4.conf.eth0.arp_notify', '1');
    b.setMac('eth0', 0x020000000abc);
    network.simulation.run();
    expect(log.texts()).toEqual(['Request who-has 10.0.0.2 tell 10.0.0.2, length 28']);
    b.setLinkUp('eth0', false);
    b.setLinkUp('eth0', true);
    network.simulation.run();
    expect(log.texts()).toHaveLength(2);
  });
});

describe('the address that a request gives', () => {
  it.each([
    ['0', '10.7.0.1'],
    ['1', '10.0.0.1'],
    ['2', '10.0.0.1'],
  ])('with arp_announce %s is %s for a packet from another subnet', (mode, expected) => {
    const world = twoHosts();
    const { a, network } = world;
    addAddress(a, 'lo', '10.7.0.1/32');
    a.setSysctl('net.ipv4.conf.all.arp_announce', mode);
    const log = new FrameLog([a, 'eth0']);
    const socket = new PingSocket(a);
    socket.source = ip('10.7.0.1');
    socket.send(B, 1, 8, ZERO_PAYLOAD);
    network.simulation.run({ until: 1 });
    expect(log.texts(/Request/)[0]).toBe(`Request who-has 10.0.0.2 tell ${expected}, length 28`);
  });
});
