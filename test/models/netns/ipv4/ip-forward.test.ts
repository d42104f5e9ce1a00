import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import { connect } from '../../../../models/netns/interface/link-control.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../../../../models/payload.ts';
import { PingFlow } from '../../../../models/traffic/ping-flow.ts';
import { PingSocket } from '../../../../models/transport/ping-socket.ts';
import { checkFlowConservation, checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { TtlWatch } from '../../../checkers/ttl-bound.ts';
import { WatchedFlow } from '../../../checkers/watched-flow.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import {
  addAddress,
  addGateway,
  addHost,
  IDEAL_CABLE,
  ip,
  newNetwork,
  routerChain,
  SECOND,
  twoHosts,
} from '../../../support/networks.ts';

/** Echo replies to `count` requests from `from` to `to`, one a second. */
function ping(from: NetworkNamespace, to: string, count = 1, source = 0): number {
  const { simulation } = from.network;
  const socket = new PingSocket(from);
  let replies = 0;
  socket.source = source;
  socket.onReply = () => {
    replies++;
  };
  for (let i = 1; i <= count; i++) {
    socket.send(ip(to), i, 8, ZERO_PAYLOAD);
    simulation.run({ until: simulation.now + SECOND });
  }
  checkPacketConservation(from.network);
  return replies;
}

describe('forwarding', () => {
  it('counts the TTL down at every router, and not at the ends', () => {
    const chain = routerChain(5);
    const log = new FrameLog([chain.a, 'eth0'], [chain.b, 'eth0']);
    expect(ping(chain.a, '10.0.5.2')).toBe(1);
    const ttls = log.matching(/echo/).map((frame) => frame.bytes[22]);
    expect(ttls).toEqual([64, 59, 64, 59]);
  });

  it('is switched off and on by ip_forward, while the host itself answers at all its addresses', () => {
    const { a, routers } = routerChain(1);
    routers[0].setSysctl('net.ipv4.ip_forward', '0');
    expect(ping(a, '10.0.1.2')).toBe(0);
    expect(ping(a, '10.0.1.1')).toBe(1);
    expect(a.network.drops.total(DropReason.notForwarding)).toBe(1);
    routers[0].setSysctl('net.ipv4.ip_forward', '1');
    expect(ping(a, '10.0.1.2')).toBe(1);
  });

  it('of a routing loop ends with the TTL', () => {
    const chain = routerChain(2);
    const [left, right] = chain.routers;
    addGateway(chain.a, '10.9.0.0/16', '10.0.0.2');
    addGateway(left, '10.9.0.0/16', '10.0.1.2');
    addGateway(right, '10.9.0.0/16', '10.0.1.1');
    const watch = new TtlWatch(chain.network.namespaces());
    const flow = new WatchedFlow();
    const options = { to: ip('10.9.0.1'), every: SECOND, size: 56, start: 0, stop: 3 * SECOND, count: 3 };
    new PingFlow(chain.a, flow, options).begin();
    chain.network.simulation.run({ until: 10 * SECOND });
    watch.check();
    expect(watch.longestWay).toBe(63);
    expect(flow.lossesByReason()).toEqual({ ttl_exceeded: 3 });
    checkFlowConservation(chain.network, flow);
    checkPacketConservation(chain.network);
  });

  it.each([
    ['127.0.0.1', '10.0.0.2', DropReason.martianSource],
    ['224.0.0.1', '10.0.0.2', DropReason.martianSource],
    ['255.255.255.255', '10.0.0.2', DropReason.martianSource],
    ['0.1.2.3', '10.0.0.2', DropReason.martianSource],
    ['10.0.0.2', '10.0.0.2', DropReason.martianSource],
    ['10.0.0.1', '127.0.0.1', DropReason.martianDestination],
    ['10.0.0.1', '0.1.2.3', DropReason.martianDestination],
  ])('drops what claims to go from %s to %s', (source, destination, reason) => {
    const { network, a, b } = twoHosts();
    const packet = network.pool.create();
    Object.assign(packet, {
      source: a.findInterface('eth0')!.mac,
      destination: b.findInterface('eth0')!.mac,
      etherType: 0x0800,
      ipSource: ip(source),
      ipDestination: ip(destination),
      protocol: 17,
      ttl: 64,
      length: 60,
      payloadLength: 18,
    });
    a.findInterface('eth0')!.cable!.send(packet);
    network.simulation.run();
    expect(network.drops.total(reason)).toBe(1);
    checkPacketConservation(network);
  });
});

describe('the reverse-path filter', () => {
  /** A host with two links to a router; what comes by one is answered by the other. */
  function asymmetric() {
    const network = newNetwork();
    const [a, r] = ['a', 'r'].map((name) => addHost(network, name));
    for (const i of [0, 1]) {
      const name = `eth${i}`;
      connect(a.addPhysical({ name }), r.addPhysical({ name }), IDEAL_CABLE);
      for (const host of [a, r]) host.setLinkUp(name, true);
      addAddress(a, name, `10.${i}.0.1/24`);
      addAddress(r, name, `10.${i}.0.2/24`);
    }
    addAddress(a, 'lo', '10.7.0.1/32');
    // a request for the router's MAC address would not pass the filter either
    a.setNeighbour({ address: ip('10.0.0.2'), dev: 'eth0', mac: r.link('eth0')!.mac }, 'add');
    return { network, a, r };
  }

  it.each([
    ['0', 1],
    ['1', 0],
    ['2', 1],
  ])('in mode %s lets %i packets by another interface than the way back', (mode, expected) => {
    const { network, a, r } = asymmetric();
    addGateway(r, '10.7.0.1/32', '10.1.0.1');
    r.setSysctl('net.ipv4.conf.all.rp_filter', mode);
    expect(ping(a, '10.0.0.2', 1, ip('10.7.0.1'))).toBe(expected);
    expect(network.drops.total(DropReason.reversePathFilter)).toBe(1 - expected);
  });

  it.each(['1', '2'])('in mode %s drops a source that there is no way back to', (mode) => {
    const { network, a, r } = asymmetric();
    r.setSysctl('net.ipv4.conf.eth0.rp_filter', mode);
    expect(ping(a, '10.0.0.2', 1, ip('10.7.0.1'))).toBe(0);
    expect(network.drops.total(DropReason.reversePathFilter)).toBe(1);
  });
});
