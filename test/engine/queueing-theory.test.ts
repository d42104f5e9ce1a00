import { describe, expect, it } from 'vitest';
import { PoissonArrivals } from '../../models/traffic/arrivals.ts';
import { FlowStatistics } from '../../models/traffic/flow-statistics.ts';
import { UdpFlow } from '../../models/traffic/udp-flow.ts';
import { UdpSocket } from '../../models/transport/udp.ts';
import { ip, SECOND, twoHosts } from '../support/networks.ts';

/** Ethernet, IPv4 and UDP headers: bytes of a frame beside its payload. */
const HEADERS = 42;
const PORT = 9000;

/** Which distribution the lengths of frames have. */
type Sizes = 'constant' | 'exponential';

/**
 * Sends datagrams as a Poisson process over one cable and answers their mean time in the system, queue and wire,
 * in units of the mean service time.
 * @param load the part of time for which the wire is busy
 */
function meanSojourn(load: number, sizes: Sizes, packets: number, seed: number): number {
  const rate = 1e6;
  // long frames on a slow wire: neither whole bytes nor whole nanoseconds make a difference
  const meanPayload = 4000;
  const world = twoHosts({ rate, delay: 0, overhead: 0, queuePackets: Number.POSITIVE_INFINITY });
  const { network, a, b } = world;
  for (const host of [a, b]) host.setMtu('eth0', 65_535);
  for (const [host, other, address] of [
    [a, b, '10.0.0.2'],
    [b, a, '10.0.0.1'],
  ] as const) {
    host.setNeighbour({ address: ip(address), dev: 'eth0', mac: other.link('eth0')!.mac }, 'add');
  }
  new UdpSocket(b).bind(0, PORT);
  const draws = network.random.stream(`sizes ${seed}`, 'flow');
  const mean = meanPayload + HEADERS;
  // frames shorter than their headers or longer than IP allows cannot be: that shifts the mean by 0.005 %
  const draw = () => Math.max(0, Math.min(65_507, Math.round(draws.exponential(mean)) - HEADERS));
  const service = (mean * 8 * SECOND) / rate;
  const statistics = new FlowStatistics();
  new UdpFlow(a, statistics, ip('10.0.0.2'), 0, {
    port: PORT,
    arrivals: new PoissonArrivals(service / load, network.random.stream(`arrivals ${seed}`, 'flow')),
    drawSize: sizes === 'constant' ? () => meanPayload : draw,
    stop: Number.POSITIVE_INFINITY,
    packets,
  }).begin();
  network.simulation.run();
  expect(statistics.receivedPackets).toBe(packets);
  return statistics.latency.mean / service;
}

/** Pollaczek and Khinchine: the mean waiting time of M/G/1 in units of the service time. */
function waiting(load: number, sizes: Sizes): number {
  const squaredVariation = sizes === 'constant' ? 0 : 1;
  return ((load / (1 - load)) * (1 + squaredVariation)) / 2;
}

describe('Poisson arrivals at a cable', () => {
  it.each<[load: number, sizes: Sizes, packets: number]>([
    [0.5, 'constant', 400_000],
    [0.8, 'constant', 800_000],
    [0.5, 'exponential', 600_000],
    [0.8, 'exponential', 1_600_000],
  ])('at load %d with %s sizes wait as long as theory says', (load, sizes, packets) => {
    const measured = meanSojourn(load, sizes, packets, 1) - 1;
    const expected = waiting(load, sizes);
    expect(Math.abs(measured / expected - 1)).toBeLessThan(0.02);
  });
});
