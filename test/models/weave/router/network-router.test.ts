import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../../models/packet.ts';
import { Peer, type PeerDirectory, type Routes } from '../../../../models/weave/mesh/peer.ts';
import type { PeerName } from '../../../../models/weave/peer-name.ts';
import type { FlowOperation } from '../../../../models/weave/router/flow-operation.ts';
import type {
  BridgePort,
  ForwardKey,
  NetworkOverlay,
  OverlayForwarder,
} from '../../../../models/weave/router/network-overlay.ts';
import { NetworkRouter } from '../../../../models/weave/router/network-router.ts';
import { addHost, newNetwork } from '../../../support/networks.ts';

const ME = new Peer(1, 'me', 1n, 1);
const PEERS = [ME, new Peer(2, 'two', 2n, 2), new Peer(3, 'three', 3n, 3), new Peer(4, 'four', 4n, 4)];
const [, TWO, THREE, FOUR] = PEERS;

/** A router with everything around it faked; what it does with frames is written down. */
function make(routes: Partial<Routes> = {}, connected: PeerName[] = [2, 3]) {
  const network = newNetwork();
  const host = addHost(network, 'host');
  const done: string[] = [];
  let invalidated = 0;
  const operation = (text: string): FlowOperation => {
    const made: FlowOperation = {
      discards: false,
      process: (packet, broadcast) => {
        done.push(`${text}${broadcast ? ' broadcast' : ''}`);
        network.deliver(packet);
      },
      flatten: () => [made],
    };
    return made;
  };
  const forwarder = (neighbour: PeerName) =>
    ({
      forward: ({ sourcePeer, destinationPeer }: ForwardKey) =>
        operation(`${sourcePeer.name}>${destinationPeer.name} by ${neighbour}`),
    }) as unknown as OverlayForwarder;
  const directory: PeerDirectory = {
    fetch: (name) => PEERS.find((peer) => peer.name === name),
    fetchByShortId: () => undefined,
    all: () => PEERS,
  };
  const router = new NetworkRouter({
    ourself: ME,
    peers: directory,
    routes: { unicast: (name) => name, broadcast: () => [2, 3], ...routes },
    connectionTo: (name) => (connected.includes(name) ? forwarder(name) : undefined),
    overlay: { invalidateRoutes: () => invalidated++ } as unknown as NetworkOverlay,
    bridge: { inject: () => operation('inject') } as unknown as BridgePort,
    iface: host.loopback,
  });
  const frame = (): Packet => {
    const packet = network.pool.create();
    packet.length = 60;
    return packet;
  };
  /** What is done with a frame, or why it is dropped. */
  const captured = (source: number, destination: number) => {
    router.captured(source, destination).process(frame(), false);
    return settle();
  };
  const forwarded = (source: number, destination: number, from: Peer, to: Peer) => {
    router.forwarded({ source, destination, sourcePeer: from, destinationPeer: to }).process(frame(), false);
    return settle();
  };
  const settle = () => {
    const answer = [...done.splice(0), ...network.drops.rows().map(({ reason }) => reason)];
    network.drops.rows().forEach(({ packets }) => {
      if (packets > 1) throw new Error('dropped twice');
    });
    expect(network.pool.inFlight).toBe(0);
    return answer;
  };
  return { network, router, captured, forwarded, invalidated: () => invalidated };
}

describe('a captured frame', () => {
  it('goes to all neighbours when its destination is unknown', () => {
    expect(make().captured(10, 20)).toEqual(['1>2 by 2 broadcast', '1>3 by 3 broadcast']);
  });

  it('goes to the peer at which its destination was seen, by the way to there', () => {
    const { router, captured } = make({ unicast: () => 3 });
    router.macs.addForced(20, TWO);
    expect(captured(10, 20)).toEqual(['1>2 by 3']);
  });

  it('stays when its destination is here', () => {
    const { router, captured } = make();
    router.macs.add(20, ME);
    expect(captured(10, 20)).toEqual(['overlay_local']);
  });

  it('is none of ours when its source is elsewhere', () => {
    const { router, captured } = make();
    router.macs.addForced(10, TWO);
    expect(captured(10, 20)).toEqual(['overlay_source_elsewhere']);
  });

  it('stays when it is of the spanning tree', () => {
    const { network, captured } = make();
    expect(captured(10, network.macs.intern(0x0180c2000000))).toEqual(['overlay_local']);
  });

  it('is forwarded when it is for another group of the link', () => {
    const { network, captured } = make();
    expect(captured(10, network.macs.intern(0x0180c200000e))).toHaveLength(2);
  });

  it('has nowhere to go without neighbours, without a way, and without a connection', () => {
    expect(make({ broadcast: () => [] }).captured(10, 20)).toEqual(['overlay_no_peer']);
    const lost = make({ unicast: () => undefined });
    lost.router.macs.addForced(20, TWO);
    expect(lost.captured(10, 20)).toEqual(['overlay_no_peer']);
    const cut = make({}, []);
    cut.router.macs.addForced(20, TWO);
    expect(cut.captured(10, 20)).toEqual(['overlay_no_peer']);
  });
});

describe('a frame from another peer', () => {
  it('for a third one is passed on, and teaches nothing', () => {
    const { router, forwarded } = make();
    expect(forwarded(10, 20, TWO, THREE)).toEqual(['2>3 by 3']);
    expect(router.macs.lookup(10)).toBeUndefined();
  });

  it('for an address here is put on the bridge', () => {
    const { router, forwarded } = make();
    router.macs.add(20, ME);
    expect(forwarded(10, 20, TWO, ME)).toEqual(['inject']);
    expect(router.macs.lookup(10)).toBe(TWO);
  });

  it('for an unknown address is put on the bridge and passed on to those behind us', () => {
    const { forwarded } = make({ broadcast: (origin) => (origin === 2 ? [3] : []) });
    expect(forwarded(10, 20, TWO, ME)).toEqual(['inject', '2>3 by 3 broadcast']);
  });

  it('is only put on the bridge where nobody is behind us', () => {
    expect(make({ broadcast: () => [] }).forwarded(10, 20, TWO, ME)).toEqual(['inject']);
  });

  it('moves its source, and decisions are made anew', () => {
    const { router, forwarded, invalidated } = make({ broadcast: () => [] });
    router.macs.add(10, ME);
    forwarded(10, 20, FOUR, ME);
    expect(router.macs.lookup(10)).toBe(FOUR);
    expect(invalidated()).toBe(1);
    router.peerRemoved(FOUR);
    expect(router.macs.lookup(10)).toBeUndefined();
  });
});
