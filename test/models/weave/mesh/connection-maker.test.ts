import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../../../engine/random.ts';
import { meshStatus } from '../../../../models/weave/mesh/mesh-status.ts';
import { Target } from '../../../../models/weave/mesh/target.ts';
import { parseTarget } from '../../../../models/weave/mesh/target-address.ts';
import { FIRST_NAME, MeshNetwork, type MeshNode, type NodeOptions, said } from '../../../support/mesh.ts';
import { SECOND } from '../../../support/networks.ts';

function meshOf(count: number, options: NodeOptions = {}) {
  const mesh = new MeshNetwork();
  const nodes = Array.from({ length: count }, () => mesh.add(options));
  for (const { router } of nodes) router.start();
  return { mesh, nodes };
}

const neighbours = ({ router }: MeshNode) => {
  return [...router.local.connections.keys()].map((name) => name - FIRST_NAME + 1).sort();
};

/** Lines of `weave status connections`. */
function lines({ router }: MeshNode): string[] {
  return meshStatus(router, (time) => `${Math.round(time / SECOND)} s`).Connections.map(
    ({ Address, Outbound, State, Info }) => `${Outbound ? '->' : '<-'} ${Address} ${State} ${Info}`,
  );
}

describe('a target', () => {
  const random = new RandomStreams(1).stream('retry', '');

  it('is tried after half to one and a half of an interval that grows from 2 s to 6 min', () => {
    const target = new Target(0);
    let interval = 2 * SECOND;
    const shares: number[] = [];
    for (let i = 0; i < 30; i++) {
      target.tryLater(0, random);
      shares.push(target.tryAfter! / interval);
      interval = Math.min(interval * 1.5, 360 * SECOND);
    }
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.5 - 1e-9);
    expect(Math.max(...shares)).toBeLessThan(1.5);
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.6);
    target.tryNow(5);
    expect(target.tryAfter).toBe(5);
    target.tryLater(0, random);
    expect(target.tryAfter).toBeLessThan(3 * SECOND);
  });
});

describe('an address', () => {
  it.each([
    ['', 'invalid peer name "", should be host[:port]'],
    [':6783', 'invalid peer name ":6783", should be host[:port]'],
    ['10.0.0.1:67-83', 'invalid peer name "10.0.0.1:67-83", should be host[:port]'],
    ['nowhere', 'lookup nowhere: no such host'],
    ['10.0.0.1:http', 'lookup tcp/http: unknown port'],
    ['10.0.0.1:70000', 'address 70000: invalid port'],
  ])('%j is none', (text, error) => {
    expect(parseTarget(text)).toBe(error);
  });

  it('may have a port', () => {
    expect(parseTarget('10.0.0.1:99')).toEqual({ address: 0x0a000001, port: 99 });
    expect(parseTarget('10.0.0.1')).toEqual({ address: 0x0a000001, port: 0 });
  });
});

describe('discovery', () => {
  it('connects everyone to everyone', () => {
    const { mesh, nodes } = meshOf(4);
    for (const { router } of nodes.slice(1)) router.connect([nodes[0].address]);
    mesh.run(10);
    expect(nodes.map(neighbours)).toEqual([
      [2, 3, 4],
      [1, 3, 4],
      [1, 2, 4],
      [1, 2, 3],
    ]);
    // nobody is still looking for somebody
    for (const { router } of nodes) {
      const states = [...router.connectionMaker.targets.values()].map(({ state }) => state);
      expect(states.filter((state) => state !== 'connected' && state !== 'suspended')).toEqual([]);
    }
  });

  it('can be turned off', () => {
    const { mesh, nodes } = meshOf(3, { discovery: false });
    for (const { router } of nodes.slice(1)) router.connect([nodes[0].address]);
    mesh.run(10);
    expect(nodes.map(neighbours)).toEqual([[2, 3], [1], [1]]);
    expect(nodes[1].router.routes.unicast(FIRST_NAME + 2)).toBe(FIRST_NAME);
  });
});

describe('a peer that is named without a port', () => {
  it('is not called while it is connected to us', () => {
    const { mesh, nodes } = meshOf(2);
    const [a, b] = nodes;
    b.router.connect([a.address]);
    mesh.run(5);
    a.router.connect([b.address]);
    mesh.run(5);
    expect(said(a, /attempting/)).toEqual([]);
    expect(a.router.connectionMaker.directTargets(false)).toEqual([b.address]);
    b.router.stop();
    mesh.run(1);
    expect(said(a, /attempting/)).toEqual([`->[${b.address}:6783] attempting connection`]);
  });

  it('is called when the port is named, though that makes one too many', () => {
    const { mesh, nodes } = meshOf(2);
    const [a, b] = nodes;
    b.router.connect([a.address]);
    mesh.run(5);
    a.router.connect([`${b.address}:6783`]);
    mesh.run(1);
    expect(said(a, /attempting/)).toHaveLength(1);
    expect(said(a, /Multiple connections/).length + said(b, /Multiple/).length).toBeGreaterThan(0);
    expect(neighbours(a)).toEqual([2]);
  });
});

describe('connect and forget', () => {
  it('report what is no address, and take the rest', () => {
    const { mesh, nodes } = meshOf(2);
    const errors = nodes[0].router.connect(['nonsense', nodes[1].address]);
    expect(errors).toEqual(['lookup nonsense: no such host']);
    mesh.run(5);
    expect(neighbours(nodes[0])).toEqual([2]);
  });

  it('replace the targets, not the connections', () => {
    const { mesh, nodes } = meshOf(3, { discovery: false });
    const [a, b, c] = nodes;
    a.router.connect([b.address]);
    mesh.run(5);
    a.router.connect([c.address], true);
    mesh.run(5);
    expect(a.router.connectionMaker.directTargets(false)).toEqual([c.address]);
    expect(neighbours(a)).toEqual([2, 3]);
    a.router.forget([c.address]);
    expect(a.router.connectionMaker.directTargets(false)).toEqual([]);
    c.router.stop();
    mesh.run(60);
    expect(said(a, new RegExp(`${c.address}:6783\\] attempting`))).toHaveLength(1);
    expect(lines(a)).toEqual([`-> ${b.address}:6783 established sleeve 02:00:00:00:00:02(node-2)`]);
  });

  it('cut a wait short', () => {
    const { mesh, nodes } = meshOf(1);
    nodes[0].router.connect(['10.9.0.200']);
    mesh.run(400);
    const before = said(nodes[0], /attempting/).length;
    nodes[0].router.connect(['10.9.0.200']);
    mesh.run(1);
    expect(said(nodes[0], /attempting/)).toHaveLength(before + 1);
  });
});

describe('the status of connections', () => {
  it('tells of what has failed, what is tried again, and when', () => {
    const { mesh, nodes } = meshOf(2);
    const [a, b] = nodes;
    b.router.stop();
    a.router.connect([b.address, '10.9.0.99']);
    mesh.run(0.5);
    const refused = `dial tcp :0->${b.address}:6783: connect: connection refused`;
    expect(lines(a)).toEqual([
      expect.stringMatching(new RegExp(`^-> ${b.address}:6783 failed ${refused}, retry: [123] s$`)),
      '-> 10.9.0.99:6783 connecting ',
    ]);
    mesh.run(3);
    expect(lines(a)[1]).toMatch(
      /failed dial tcp :0->10\.9\.0\.99:6783: connect: no route to host, retry: \d+ s$/,
    );
    a.router.connect(['10.9.0.99']);
    mesh.run(0.01);
    expect(lines(a)[1]).toBe(
      '-> 10.9.0.99:6783 retrying dial tcp :0->10.9.0.99:6783: connect: no route to host',
    );
  });

  it('says what is encrypted', () => {
    const { mesh, nodes } = meshOf(2, { password: 'word', established: Number.POSITIVE_INFINITY });
    nodes[1].router.connect([nodes[0].address]);
    mesh.run(5);
    expect(lines(nodes[1])).toEqual([
      '-> 10.9.0.1:6783 pending encrypted   sleeve 02:00:00:00:00:01(node-1)',
    ]);
    const [{ Attrs }] = meshStatus(nodes[1].router, String).Connections;
    expect(Attrs).toEqual({ encrypted: true, mtu: 1438, name: 'sleeve' });
  });
});

describe('the report', () => {
  it('has what a real router reports, in its order', () => {
    const { mesh, nodes } = meshOf(2);
    nodes[1].router.connect([nodes[0].address]);
    mesh.run(5);
    const status = meshStatus(nodes[0].router, String);
    const [one, two] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    expect(Object.keys(status)).toEqual([
      'Protocol',
      'ProtocolMinVersion',
      'ProtocolMaxVersion',
      'Encryption',
      'PeerDiscovery',
      'Name',
      'NickName',
      'Port',
      'Peers',
      'UnicastRoutes',
      'BroadcastRoutes',
      'Connections',
      'TerminationCount',
      'Targets',
      'TrustedSubnets',
    ]);
    expect(status.Peers.map(({ Version }) => Version)).toEqual([2n, 2n]);
    expect(status.Peers[1].Connections).toEqual([
      { Name: one, NickName: 'node-1', Address: '10.9.0.1:6783', Outbound: true, Established: true },
    ]);
    expect(status.UnicastRoutes).toEqual([
      { Dest: one, Via: '00:00:00:00:00:00' },
      { Dest: two, Via: two },
    ]);
    expect(status.BroadcastRoutes).toEqual([{ Source: one, Via: [two] }]);
    expect(status).toMatchObject({ Targets: null, TerminationCount: 0, TrustedSubnets: [] });
  });
});
