import { describe, expect, it } from 'vitest';
import { BytesPayload } from '../../../../models/payload.ts';
import { BytesContent } from '../../../../models/weave/mesh/content.ts';
import { GossipError, type Gossiper } from '../../../../models/weave/mesh/gossip.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { FIRST_NAME, MeshNetwork, type MeshNode, type NodeOptions, said } from '../../../support/mesh.ts';
import { SECOND } from '../../../support/networks.ts';
import { open } from '../../../support/tcp-pair.ts';
import { segmentOf } from '../../../support/tcp-payloads.ts';

function meshOf(count: number, options: NodeOptions = {}, seed = 1) {
  const mesh = new MeshNetwork(seed);
  const nodes = Array.from({ length: count }, () => mesh.add(options));
  for (const { router } of nodes) router.start();
  return { mesh, nodes };
}

function twoConnected(options: NodeOptions = {}) {
  const { mesh, nodes } = meshOf(2, options);
  nodes[1].router.connect([nodes[0].address]);
  mesh.run(5);
  return { mesh, nodes };
}

const connections = ({ router }: MeshNode) => [...router.local.connections.values()];

describe('a connection', () => {
  it('is established when the overlay says so at both ends, and known to be so 1 s after the handshake', () => {
    const { mesh, nodes } = meshOf(2);
    const [a, b] = nodes;
    b.router.connect([a.address]);
    const name = FIRST_NAME + 1;
    mesh.run(0.05);
    expect(connections(a)[0].established).toBe(false);
    expect(a.router.routes.unicastAll(name)).toBeUndefined();
    mesh.run(0.1);
    expect(connections(a)[0].established).toBe(true);
    expect(a.router.routes.unicastAll(name)).toBe(name);
    mesh.run(0.8);
    // the other end's word is not here yet
    expect(a.router.routes.unicast(name)).toBeUndefined();
    mesh.run(0.25);
    expect(a.router.routes.unicast(name)).toBe(name);
    expect(a.router.routes.broadcast(FIRST_NAME)).toEqual([name]);
    expect(a.overlay.routesInvalidated).toBeGreaterThan(0);
  });

  it('remains pending when frames never get through', () => {
    const { nodes } = twoConnected({ established: Number.POSITIVE_INFINITY });
    expect(connections(nodes[0])[0].established).toBe(false);
    expect(nodes[0].router.routes.unicast(FIRST_NAME + 1)).toBeUndefined();
  });

  it('carries messages of the overlay to its other end', () => {
    const { nodes } = twoConnected();
    for (const { overlay } of nodes) expect(overlay.connections[0].heard).toEqual([[7, Uint8Array.of(0, 1)]]);
  });

  it('says something every 30 s, and TCP asks after 15 s of silence', () => {
    const { mesh, nodes } = twoConnected();
    // gossip comes every 30 s too
    nodes[1].router.channels.sendAll = () => {};
    nodes[0].router.channels.sendAll = () => {};
    mesh.run(15);
    const log = new FrameLog([nodes[0].host, 'eth0']);
    mesh.run(60);
    const sent = log.frames.filter(({ direction }) => direction === 'out');
    const lengths = sent.map(({ bytes }) => segmentOf(bytes)?.length ?? 0).filter((length) => length > 0);
    expect(lengths).toEqual([5, 5]);
    const probes = sent.filter(({ bytes }) => segmentOf(bytes)?.length === 0);
    expect(probes.length).toBeGreaterThan(2);
    expect(connections(nodes[0])).toHaveLength(1);
  });

  it('ends at once with the process at its other end, which is forgotten', () => {
    const { mesh, nodes } = twoConnected();
    const [a, b] = nodes;
    const gone: string[] = [];
    a.router.onPeerRemoved((peer) => gone.push(String(peer)));
    b.router.stop();
    mesh.run(0.01);
    expect(said(a, /reset by peer/)).toHaveLength(1);
    expect(said(a, /Removed/)).toEqual(['Removed unreachable peer 02:00:00:00:00:02(node-2)']);
    expect(gone).toEqual(['02:00:00:00:00:02(node-2)']);
    expect(a.overlay.connections[0].stopped).toBe(true);
    const lines = b.lines.length;
    mesh.run(100);
    expect(b.lines).toHaveLength(lines);
  });

  it('to a process that has started anew is another, with new numbers', () => {
    const { mesh, nodes } = twoConnected();
    const [a, b] = nodes;
    const before = b.router.peers.local;
    mesh.restart(b);
    const after = b.router.peers.local;
    expect(after.name).toBe(before.name);
    expect(after.uid).not.toBe(before.uid);
    b.router.connect([a.address]);
    mesh.run(5);
    expect(a.router.peers.fetch(after.name)).toMatchObject({ uid: after.uid, version: after.version });
    expect(connections(a)).toHaveLength(1);
  });

  it('to a peer that others remember is one to a restarted peer: its version goes beyond the old one', () => {
    const { mesh, nodes } = meshOf(3, { discovery: false });
    const [a, b, c] = nodes;
    // c sees b only through a; a loses b without noticing, and b comes back
    b.router.connect([a.address, c.address]);
    a.router.connect([c.address]);
    mesh.run(5);
    const old = a.router.peers.fetch(FIRST_NAME + 1)!.version;
    mesh.plug(b, false);
    mesh.restart(b);
    mesh.plug(b, true);
    b.router.connect([a.address]);
    mesh.run(3);
    expect(said(a, /restarted peer/)).toHaveLength(1);
    expect(b.router.peers.local.version).toBeGreaterThan(old);
    expect(a.router.peers.fetch(FIRST_NAME + 1)!.uid).toBe(b.router.peers.local.uid);
  });

  it('ends with what its overlay can not go on with, and is tried again later', () => {
    const { mesh, nodes } = twoConnected();
    const [a, b] = nodes;
    b.overlay.connections[0].onError!('no working forwarders to 02:00:00:00:00:01(node-1)');
    expect(said(b, /error: no working forwarders/)).toHaveLength(1);
    mesh.run(5);
    expect(connections(a)).toHaveLength(1);
    expect(a.overlay.connections).toHaveLength(2);
  });

  it('ignores tags that it does not know, and blank messages', () => {
    const { nodes } = twoConnected();
    connections(nodes[0])[0].sendMessage(77, new BytesContent(new Uint8Array()));
    expect(connections(nodes[0])).toHaveLength(1);
  });
});

describe('two peers that call each other at the same time', () => {
  it('keep one connection, the same one', () => {
    const outcomes = new Set<boolean>();
    for (let seed = 1; seed <= 8; seed++) {
      const { mesh, nodes } = meshOf(2, {}, seed);
      const [a, b] = nodes;
      a.router.connect([b.address]);
      b.router.connect([a.address]);
      mesh.run(20);
      const [[ours], [theirs]] = [connections(a), connections(b)];
      expect(ours.uid).toBe(theirs.uid);
      expect(ours.outbound).toBe(!theirs.outbound);
      expect(ours.established && theirs.established).toBe(true);
      expect(said(a, /Multiple connections to/).length + said(b, /Multiple/).length).toBeGreaterThan(0);
      // the peer that has been called needs not call
      for (const { router } of nodes) expect(router.connectionMaker.connections.size).toBe(1);
      const waits = [
        ...a.router.connectionMaker.targets.values(),
        ...b.router.connectionMaker.targets.values(),
      ];
      expect(waits.filter(({ state }) => state === 'waiting')).toEqual([]);
      outcomes.add(ours.outbound);
    }
    // chance decides, not who they are
    expect(outcomes.size).toBe(2);
  });
});

describe('the limit of connections', () => {
  it('holds for those that come and those that are opened', () => {
    const { mesh, nodes } = meshOf(4, { connectionLimit: 2, discovery: false });
    const [a, ...others] = nodes;
    for (const { router } of others) router.connect([a.address]);
    mesh.run(3);
    expect(connections(a)).toHaveLength(2);
    expect(said(a, /error: Connection limit reached \(2\)/).length).toBeGreaterThan(0);
    a.router.connect(['10.9.0.77']);
    mesh.run(1);
    const dial = '->[10.9.0.77:6783] error during connection attempt: Connection limit reached (2)';
    expect(said(a, /77:6783\] error/)).toEqual([dial]);
  });
});

describe('many who call at once', () => {
  it('are answered twenty at a time, later one per 50 ms', () => {
    const mesh = new MeshNetwork();
    const [node, caller] = [mesh.add(), mesh.add()];
    node.router.start();
    mesh.run(10);
    for (let i = 0; i < 40; i++) open(caller.host, node.address, 6783);
    mesh.run(0.04);
    expect(said(node, /accepted/).length).toBeGreaterThanOrEqual(20);
    expect(said(node, /accepted/).length).toBeLessThanOrEqual(21);
    mesh.run(0.5);
    expect(said(node, /accepted/).length).toBeGreaterThanOrEqual(30);
    expect(said(node, /accepted/).length).toBeLessThanOrEqual(31);
    mesh.run(1);
    expect(said(node, /accepted/)).toHaveLength(40);
  });
});

/** Can't agree with anybody. */
const contrary: Gossiper = {
  onGossipUnicast() {
    throw new GossipError('no');
  },
  onGossipBroadcast: () => null,
  gossip: () => ({ encode: () => [new BytesContent(Uint8Array.of(1))], merge: (other) => other }),
  onGossip() {
    throw new GossipError('IP allocation was seeded by different peers');
  },
};

describe('a gossiper that can not agree', () => {
  it('ends the connection with its error, each time it is tried', () => {
    const { mesh, nodes } = meshOf(2, { established: 0.5 * SECOND });
    for (const { router } of nodes) router.channel('IPallocation', contrary);
    nodes[1].router.connect([nodes[0].address]);
    mesh.run(10);
    const error = /shutting down due to error: IP allocation was seeded by different peers$/;
    expect(said(nodes[0], error).length + said(nodes[1], error).length).toBeGreaterThan(1);
    expect(said(nodes[0], /fully established/)).toEqual([]);
    const target = nodes[1].router.connectionMaker.targets.get('10.9.0.1:6783')!;
    expect(target.state).toBe('waiting');
    expect(target.lastError).toMatch(/seeded by different peers|reset by peer/);
  });
});

describe('a stranger', () => {
  it('who sends garbage after his introduction does no harm', () => {
    const { mesh, nodes } = twoConnected();
    const stranger = open(nodes[1].host, nodes[0].address, 6783);
    mesh.run(0.01);
    const words = Uint8Array.from({ length: 5000 }, (_, i) => (i * 131) & 0xff);
    stranger.send(words.length, new BytesPayload(words));
    mesh.run(1);
    expect(connections(nodes[0])).toHaveLength(1);
    expect(nodes[0].router.peers.all()).toHaveLength(2);
  });
});

describe('timers of a process that has died', () => {
  it('do not go off', () => {
    const { mesh, nodes } = twoConnected();
    for (const { router } of nodes) router.stop();
    mesh.run(1);
    const { pending } = mesh.network.simulation;
    mesh.run(200);
    expect(mesh.network.simulation.pending).toBeLessThanOrEqual(pending);
    expect(mesh.now).toBeGreaterThan(200 * SECOND);
  });
});
