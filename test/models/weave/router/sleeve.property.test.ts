import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { DropReason } from '../../../../models/drop-reason.ts';
import type { Packet } from '../../../../models/packet.ts';
import { CountingPayload } from '../../../../models/payload.ts';
import type { FlowObserver } from '../../../../models/traffic/flow-observer.ts';
import { type PathMtuDiscovery, UdpSocket } from '../../../../models/transport/udp.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { IDEAL_CABLE, ip, MILLISECOND, SECOND } from '../../../support/networks.ts';
import { WeaveNet } from '../../../support/weave-net.ts';

const PORT = 5000;

interface Datagram {
  from: number;
  to: number;
  size: number;
  discovery: PathMtuDiscovery;
  /** Nanoseconds since the one before. */
  after: number;
}

interface World {
  nodes: number;
  /** Of the nodes' interfaces; the switch takes everything. */
  mtus: number[];
  /** Bytes of an IP packet that the switch passes. */
  narrowest: number;
  encrypted: boolean;
  /** Only neighbours are connected. */
  chain: boolean;
  loss: number;
  corruption: number;
  duplication: number;
  datagrams: Datagram[];
}

/** Notes what becomes of each datagram, by its sequence number. */
class Fates implements FlowObserver {
  readonly arrived = new Map<number, number>();
  readonly reasons = new Map<number, DropReason[]>();
  /** Datagrams that arrived with other bytes than were sent. */
  readonly wrong: number[] = [];

  received(packet: Packet): void {
    const { flowSequence: sequence, payloadLength } = packet;
    this.arrived.set(sequence, (this.arrived.get(sequence) ?? 0) + 1);
    const bytes = new Uint8Array(payloadLength);
    packet.payload.writeTo(bytes, 0, 0, payloadLength);
    if (bytes.some((byte, i) => byte !== (sequence + i) % 251)) this.wrong.push(sequence);
  }

  duplicated(): void {}

  lost(packet: Packet, reason: DropReason): void {
    this.reasons.set(packet.flowSequence, [...(this.reasons.get(packet.flowSequence) ?? []), reason]);
  }
}

/** Lets the datagrams go their ways until nothing moves any more. */
function play(world: World): { net: WeaveNet; fates: Fates; sent: number[] } {
  const net = new WeaveNet({
    nodes: world.nodes,
    cable: {
      ...IDEAL_CABLE,
      rate: 1e9,
      delay: 20_000,
      loss: world.loss,
      impairments: {
        corrupt: { probability: world.corruption },
        duplicate: { probability: world.duplication },
      },
    },
  });
  world.mtus.forEach((mtu, i) => {
    if (i < world.nodes) net.nodes[i].namespace.setMtu('eth0', mtu);
  });
  net.lan.netfilter.appendRule('filter', 'FORWARD', {
    matches: [{ match: 'length', first: world.narrowest + 1, last: 65_535 }],
    target: { target: 'DROP' },
  });
  const key = world.encrypted ? new Uint8Array(32).fill(3) : null;
  for (let node = 2; node <= world.nodes; node++) {
    for (let other = world.chain ? node - 1 : 1; other < node; other++) net.connect(node, other, key);
  }
  net.run(2 * SECOND);
  const fates = new Fates();
  const flow = net.network.flows.add(fates);
  const sockets = Array.from({ length: world.nodes }, (_, i) => {
    net.expose(i + 1, `10.32.${i}.1/12`);
    const socket = new UdpSocket(net.attach(i + 1, `p${i + 1}`, `10.32.${i}.2/12`));
    socket.bind(0, PORT);
    return socket;
  });
  net.run(30 * SECOND);
  const sent: number[] = [];
  world.datagrams.forEach(({ from, to, size, discovery, after }, sequence) => {
    net.run(after);
    const socket = sockets[from % world.nodes];
    socket.pathMtuDiscovery = discovery;
    const address = ip(`10.32.${(to % world.nodes) + 1}.2`);
    const payload = new CountingPayload(251, sequence);
    if (socket.sendTo(address, PORT, size, payload, flow, sequence) === null) sent.push(sequence);
  });
  net.run(SECOND);
  net.stop();
  net.run(65 * SECOND);
  return { net, fates, sent };
}

const arbitraryDatagram: fc.Arbitrary<Datagram> = fc.record({
  from: fc.nat(2),
  to: fc.nat(2),
  size: fc.oneof(fc.integer({ min: 0, max: 1600 }), fc.integer({ min: 0, max: 9000 })),
  discovery: fc.constantFrom('want', 'do', 'dont'),
  after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 * MILLISECOND })),
});

const chance = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.2, noNaN: true }));

const arbitraryWorld: fc.Arbitrary<World> = fc.record({
  nodes: fc.integer({ min: 2, max: 3 }),
  mtus: fc.array(fc.integer({ min: 900, max: 9000 }), { minLength: 3, maxLength: 3 }),
  narrowest: fc.oneof(fc.constant(65_535), fc.integer({ min: 800, max: 2000 })),
  encrypted: fc.boolean(),
  chain: fc.boolean(),
  loss: chance,
  corruption: chance,
  duplication: fc.constant(0),
  datagrams: fc.array(arbitraryDatagram, { minLength: 1, maxLength: 25 }),
});

test.prop({ world: arbitraryWorld }, { numRuns: 60 })(
  'whatever the way is like, what arrives is whole and comes once, and what is lost is lost for one reason',
  ({ world }) => {
    const { net, fates, sent } = play(world);
    expect(fates.wrong).toEqual([]);
    for (const sequence of sent) {
      const fate = { arrived: fates.arrived.get(sequence) ?? 0, lost: fates.reasons.get(sequence) ?? [] };
      expect(fate.arrived + fate.lost.length, `datagram ${sequence}: ${JSON.stringify(fate)}`).toBe(1);
    }
    expect(net.held).toBe(0);
    checkPacketConservation(net.network, net.held);
  },
);

test.prop(
  { world: arbitraryWorld.map((world) => ({ ...world, encrypted: true, duplication: 0.5 })) },
  {
    numRuns: 25,
  },
)('a datagram that comes twice is taken once where it is encrypted', ({ world }) => {
  const { net, fates } = play(world);
  for (const [sequence, times] of fates.arrived) expect(times, `datagram ${sequence}`).toBe(1);
  checkPacketConservation(net.network, net.held);
});
