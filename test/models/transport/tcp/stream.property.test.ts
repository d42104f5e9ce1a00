import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../../../engine/random.ts';
import type { Packet } from '../../../../models/packet.ts';
import { CONGESTION_CONTROLS } from '../../../../models/transport/tcp/congestion-controls.ts';
import { TcpState } from '../../../../models/transport/tcp/tcp-state.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { TcpWindowChecker } from '../../../checkers/tcp-window.ts';
import { BadLine } from '../../../support/bad-line.ts';
import { MILLISECOND, SECOND, twoHosts } from '../../../support/networks.ts';
import { listen, open, Reader, sendAll } from '../../../support/tcp-pair.ts';

/** Time-outs double up to two minutes: a line that loses a fifth needs hours. */
const PATIENCE = 100_000 * SECOND;

const transfer = fc.record({
  seed: fc.nat(),
  bytes: fc.nat({ max: 300_000 }),
  back: fc.nat({ max: 60_000 }),
  delay: fc.constantFrom(0, 10_000, MILLISECOND, 40 * MILLISECOND),
  rate: fc.constantFrom(1e6, 1e7, 1e9),
  loss: fc.constantFrom(0, 0.01, 0.05, 0.2),
  late: fc.constantFrom(0, 0.05, 0.3),
  twice: fc.constantFrom(0, 0.05, 0.3),
  sack: fc.boolean(),
  timestamps: fc.boolean(),
  scaling: fc.boolean(),
  buffer: fc.constantFrom(4096, 20_000, 131_072),
  control: fc.constantFrom(...CONGESTION_CONTROLS),
  ecn: fc.boolean(),
  marked: fc.constantFrom(0, 0.1, 0.5),
});

/** RFC 3168, 5: one of the two bits is set. */
const mayBeMarked = ({ tos }: Packet) => (tos & 3) !== 0;

/** Everything that both ends write arrives whole, in order, once, and both connections end. */
function check(options: typeof transfer extends fc.Arbitrary<infer T> ? T : never): void {
  const { network, a, b } = twoHosts({ rate: options.rate, delay: options.delay });
  for (const host of [a, b]) {
    host.setSysctl('net.ipv4.tcp_sack', options.sack ? '1' : '0');
    host.setSysctl('net.ipv4.tcp_timestamps', options.timestamps ? '1' : '0');
    host.setSysctl('net.ipv4.tcp_window_scaling', options.scaling ? '1' : '0');
    host.setSysctl('net.ipv4.tcp_congestion_control', options.control);
    host.setSysctl('net.ipv4.tcp_ecn', options.ecn ? '1' : '2');
    // one round of losses may last longer than the fifteen minutes after which a sender gives up
    host.setSysctl('net.ipv4.tcp_retries2', '100');
    host.setSysctl('net.ipv4.tcp_rmem', `4096 ${options.buffer} 6291456`);
  }
  const draws = new RandomStreams(options.seed).stream('line', '');
  const span = 4 * options.delay + 2 * MILLISECOND;
  new BadLine(network, (packet) => ({
    lost: draws.bernoulli(options.loss),
    marked: mayBeMarked(packet) && draws.bernoulli(options.marked),
    ...(draws.bernoulli(options.twice) ? { copyAfter: draws.between(0, span) } : {}),
    ...(draws.bernoulli(options.late) ? { late: draws.between(0, span) } : {}),
  }));
  const checkers = [a, b].map((host) => new TcpWindowChecker(host.findInterface('eth0')!));
  const listener = listen(b, 80);
  const client = open(a, '10.0.0.2', 80);
  let atServer: Reader | null = null;
  let atClient: Reader | null = null;
  listener.onChange = () => {
    const server = listener.accept()!;
    sendAll(server, options.back);
    const write = server.onChange!;
    const reader = new Reader(server);
    server.onChange = () => {
      write();
      reader.drain();
    };
    atServer = reader;
  };
  sendAll(client, options.bytes);
  const write = client.onChange!;
  client.onChange = () => {
    write();
    if (client.connected) atClient ??= new Reader(client);
    client.onChange = () => {
      write();
      atClient?.drain();
    };
    atClient?.drain();
  };
  network.simulation.run({ until: PATIENCE });
  const ends = [atServer as Reader | null, atClient as Reader | null];
  expect(ends.map((end) => end?.intact)).toEqual([true, true]);
  expect(ends.map((end) => end?.received)).toEqual([options.bytes, options.back]);
  expect(ends.map((end) => end?.ended)).toEqual([true, true]);
  expect(checkers.flatMap(({ offences }) => offences)).toEqual([]);
  for (const end of ends) expect([TcpState.closed, TcpState.timeWait]).toContain(end!.connection.state);
  checkPacketConservation(network);
}

describe('a byte stream', () => {
  it('arrives whole, in order, once, over a line that loses, reorders and duplicates', () => {
    fc.assert(fc.property(transfer, check), { numRuns: 60 });
  });
});
