import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMeshAgreement } from '../../../checkers/mesh-agreement.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { MeshNetwork, type MeshNode } from '../../../support/mesh.ts';

const step = fc.record({
  what: fc.constantFrom<'start' | 'stop' | 'restart' | 'cut' | 'heal'>(
    'start',
    'start',
    'stop',
    'restart',
    'cut',
    'heal',
  ),
  node: fc.nat(),
  /** Seconds until the next one: at once, or long enough to be noticed. */
  wait: fc.constantFrom(0, 0.001, 0.3, 2, 20, 90),
});

const history = fc.record({
  seed: fc.nat(),
  nodes: fc.integer({ min: 2, max: 5 }),
  discovery: fc.boolean(),
  password: fc.constantFrom(null, 'word'),
  steps: fc.array(step, { maxLength: 10 }),
});

/** Longest wait of a target that has failed for long, and what follows. */
const PATIENCE = 9 * 60 + 120;

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** Nodes that come, go, come again, and lose sight of the others. */
class Life {
  readonly mesh: MeshNetwork;
  readonly alive = new Set<MeshNode>();
  private readonly seen = new Set<MeshNode>();
  private readonly chain: boolean;

  constructor({ seed, nodes, discovery, password }: History) {
    this.mesh = new MeshNetwork(seed);
    // without discovery they are to stay a chain
    this.chain = !discovery;
    for (let i = 0; i < nodes; i++) this.mesh.add({ discovery, password });
  }

  do({ what, node: draw }: History['steps'][number]): void {
    const node = this.mesh.nodes[draw % this.mesh.nodes.length];
    switch (what) {
      case 'start':
        if (!this.alive.has(node)) this.start(node);
        break;
      case 'stop':
        if (this.alive.delete(node)) node.router.stop();
        break;
      case 'restart':
        if (this.alive.has(node)) this.start(node);
        break;
      default:
        this.mesh.plug(node, what === 'heal');
    }
  }

  start(node: MeshNode): void {
    if (this.seen.has(node)) this.mesh.restart(node);
    else node.router.start();
    this.seen.add(node);
    this.alive.add(node);
    node.router.connect(this.targetsOf(node));
  }

  private targetsOf(node: MeshNode): string[] {
    const { nodes } = this.mesh;
    if (!this.chain) return nodes.filter((other) => other !== node).map(({ address }) => address);
    return nodes.filter((_, i) => i === nodes.indexOf(node) - 1).map(({ address }) => address);
  }
}

function check(life: Life): void {
  const routers = [...life.alive].map(({ router }) => router);
  checkMeshAgreement(routers);
  for (const router of routers) {
    const ends = router.local.connections.size;
    if (router.discovery) expect(ends).toBe(routers.length - 1);
  }
}

describe('peers that come, go, and lose sight of one another', () => {
  it('agree in the end', () => {
    fc.assert(
      fc.property(history, (events) => {
        const life = new Life(events);
        for (const event of events.steps) {
          life.do(event);
          life.mesh.run(event.wait);
        }
        for (const node of life.mesh.nodes) {
          life.mesh.plug(node, true);
          if (!life.alive.has(node)) life.start(node);
        }
        life.mesh.run(PATIENCE);
        check(life);
        checkPacketConservation(life.mesh.network);
      }),
      { numRuns: 60 },
    );
  });

  it('agree in parts while they can not see the others', () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, cut) => {
        const life = new Life(events);
        for (const node of life.mesh.nodes) life.start(node);
        life.mesh.run(60);
        const lost = life.mesh.nodes[cut % events.nodes];
        life.mesh.plug(lost, false);
        life.mesh.run(PATIENCE);
        checkMeshAgreement([...life.alive].map(({ router }) => router));
        expect(lost.router.peers.all()).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });
});
