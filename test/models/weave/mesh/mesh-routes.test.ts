import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_PEER } from '../../../../models/weave/peer-name.ts';
import { distancesFrom, type Graph, graphs, routesIn } from '../../../support/mesh-graph.ts';

const established = [true, true] as const;

function chain(...peers: number[]): Graph {
  const edges = peers.slice(1).map((to, i) => ({ from: peers[i], to, established }));
  return { peers: Math.max(...peers), edges };
}

function fullMesh(peers: number): Graph {
  const numbers = Array.from({ length: peers }, (_, i) => i + 1);
  const edges = numbers.flatMap((from) => {
    return numbers.filter((to) => to > from).map((to) => ({ from, to, established }));
  });
  return { peers, edges };
}

describe('routes', () => {
  it('along a chain go through the next one', () => {
    const graph = chain(1, 2, 3);
    expect(routesIn(graph, 1).unicastRoutes).toEqual([
      [1, UNKNOWN_PEER],
      [2, 2],
      [3, 2],
    ]);
    expect([1, 2, 3].map((origin) => routesIn(graph, 2).broadcast(origin))).toEqual([[3], [1, 3], [1]]);
    expect([1, 2, 3].map((origin) => routesIn(graph, 1).broadcast(origin))).toEqual([[2], [], []]);
  });

  it('in a full mesh are direct, and nobody passes a broadcast on', () => {
    const graph = fullMesh(4);
    expect(routesIn(graph, 2).broadcast(2)).toEqual([1, 3, 4]);
    for (const origin of [1, 3, 4]) expect(routesIn(graph, 2).broadcast(origin)).toEqual([]);
  });

  it('in a ring of four give the far one to the neighbour with the lower name', () => {
    const ring = chain(1, 2, 3, 4, 1);
    expect(routesIn(ring, 1).unicast(3)).toBe(2);
    expect(routesIn(ring, 2).broadcast(1)).toEqual([3]);
    expect(routesIn(ring, 4).broadcast(1)).toEqual([]);
  });

  it('of frames need both ends to believe in a connection, those of gossip do not', () => {
    const graph: Graph = { peers: 2, edges: [{ from: 1, to: 2, established: [true, false] }] };
    const routes = routesIn(graph, 1);
    expect([routes.unicast(2), routes.broadcast(1)]).toEqual([undefined, []]);
    expect([routes.unicastAll(2), routes.broadcastAll(1)]).toEqual([2, [2]]);
  });
});

describe('when all know the same', () => {
  const kinds = [true, false];

  it('a broadcast reaches everyone who can be reached, exactly once', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (graph, draw) => {
        const origin = 1 + (draw % graph.peers);
        const routes = Array.from({ length: graph.peers }, (_, i) => routesIn(graph, i + 1));
        for (const frames of kinds) {
          const hops = (at: number) => routes[at - 1][frames ? 'broadcast' : 'broadcastAll'](origin);
          const arrivals = [origin];
          for (const at of arrivals) {
            arrivals.push(...hops(at));
            expect(arrivals.length).toBeLessThanOrEqual(graph.peers);
          }
          const reachable = [...distancesFrom(graph, origin, frames).keys()];
          expect(arrivals.sort()).toEqual(reachable.sort());
        }
      }),
      { numRuns: 150 },
    );
  });

  it('every hop comes nearer to its destination', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const routes = Array.from({ length: graph.peers }, (_, i) => routesIn(graph, i + 1));
        for (const frames of kinds) {
          for (let to = 1; to <= graph.peers; to++) {
            const distances = distancesFrom(graph, to, frames);
            for (let from = 1; from <= graph.peers; from++) {
              const hop = routes[from - 1][frames ? 'unicast' : 'unicastAll'](to);
              if (from === to) expect(hop).toBe(UNKNOWN_PEER);
              else if (!distances.has(from)) expect(hop).toBeUndefined();
              else expect(distances.get(hop!)).toBe(distances.get(from)! - 1);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the neighbours to gossip to', () => {
  it('are all of a few, and some of many', () => {
    expect(routesIn(fullMesh(4), 1).randomNeighbours(1)).toEqual([2, 3, 4]);
    expect(routesIn(fullMesh(4), 1).randomNeighbours(3)).toEqual([2, 4]);
    const some = routesIn(fullMesh(16), 1).randomNeighbours(1);
    expect(some).toHaveLength(8);
    expect(new Set(some).size).toBe(8);
  });

  it('are more often those behind which there is more', () => {
    // 2 leads to ten others, 3 to 12 to none
    const tail = Array.from({ length: 10 }, (_, i) => ({ from: 2, to: 13 + i, established }));
    const head = Array.from({ length: 11 }, (_, i) => ({ from: 1, to: 2 + i, established }));
    const routes = routesIn({ peers: 22, edges: [...head, ...tail] }, 1);
    const times = new Map<number, number>();
    for (let i = 0; i < 200; i++) {
      for (const hop of routes.randomNeighbours(1)) times.set(hop, (times.get(hop) ?? 0) + 1);
    }
    const [best] = [...times].sort(([, a], [, b]) => b - a);
    expect(best[0]).toBe(2);
    expect(best[1]).toBeGreaterThan(190);
    expect(times.get(3)).toBeLessThan(190);
  });
});
