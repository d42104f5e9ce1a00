import fc from 'fast-check';
import { RandomStreams } from '../../engine/random.ts';
import { Simulation } from '../../engine/simulation.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { Alarms } from '../../models/weave/alarms.ts';
import { MeshRoutes } from '../../models/weave/mesh/mesh-routes.ts';
import { Peer } from '../../models/weave/mesh/peer.ts';
import { PeerTable } from '../../models/weave/mesh/peer-table.ts';
import { ReadyQueue } from '../../models/weave/mesh/ready-queue.ts';
import type { PeerName } from '../../models/weave/peer-name.ts';
import { SECOND } from './networks.ts';

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** What each end says of it. */
  readonly established: readonly [boolean, boolean];
}

export interface Graph {
  readonly peers: number;
  readonly edges: readonly Edge[];
}

/** Some connected, some not; in some, connections that not both ends believe in. */
export const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 9 }).chain((peers) => {
  const pair = fc.tuple(fc.integer({ min: 1, max: peers }), fc.integer({ min: 1, max: peers }));
  const edge = fc.record({
    pair,
    established: fc.constantFrom<[boolean, boolean]>(
      [true, true],
      [true, true],
      [true, false],
      [false, false],
    ),
  });
  return fc.array(edge, { maxLength: 3 * peers }).map((drawn) => {
    const edges = new Map<string, Edge>();
    for (const { pair, established } of drawn) {
      const [from, to] = [Math.min(...pair), Math.max(...pair)];
      if (from !== to) edges.set(`${from} ${to}`, { from, to, established });
    }
    return { peers, edges: [...edges.values()] };
  });
});

/** The routes that peer `self` works out when it knows the whole graph. */
export function routesIn(graph: Graph, self: number): MeshRoutes {
  const simulation = new Simulation(new WheelQueue());
  const alarms = new Alarms(simulation);
  const random = new RandomStreams(self).stream('mesh', '');
  const nobody = { peerRemoved() {}, shortIdsChanged() {}, localPeerChanged() {} };
  const all = Array.from({ length: graph.peers }, (_, i) => new Peer(i + 1, '', 1n, i));
  const table = new PeerTable(all[self - 1], nobody, random);
  for (const peer of all) if (peer.name !== self) table.fetchOrAdd(peer);
  for (const { from, to, established } of graph.edges) {
    connect(all[from - 1], to, established[0]);
    connect(all[to - 1], from, established[1]);
  }
  const routes = new MeshRoutes(table, alarms, new ReadyQueue(), random);
  routes.recalculate();
  simulation.run({ until: SECOND });
  return routes;
}

function connect(peer: Peer, remote: PeerName, established: boolean): void {
  const connection = { remote, address: '10.0.0.1:6783', outbound: true, established };
  peer.connections = new Map([...peer.connections, [remote, connection]]);
}

/** Distances in hops from `start` over the edges that count. */
export function distancesFrom(graph: Graph, start: number, symmetricOnly: boolean): Map<number, number> {
  const distances = new Map([[start, 0]]);
  const counts = ({ established: [one, other] }: Edge) => !symmetricOnly || (one && other);
  for (const [peer, distance] of distances) {
    for (const edge of graph.edges.filter(counts)) {
      const next = edge.from === peer ? edge.to : edge.to === peer ? edge.from : 0;
      if (next !== 0 && !distances.has(next)) distances.set(next, distance + 1);
    }
  }
  return distances;
}
