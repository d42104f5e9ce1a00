import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../../../engine/random.ts';
import { BadLine } from '../../../support/bad-line.ts';
import { dumbbell } from '../../../support/dumbbell.ts';
import { MILLISECOND, SECOND } from '../../../support/networks.ts';

describe('BBR', () => {
  it('fills a link without filling its queue', () => {
    const { network, core, start } = dumbbell(1, { rate: 5e7, delay: 10 * MILLISECOND, queuePackets: 1000 });
    const flow = start(0, { congestionControl: 'bbr' });
    network.simulation.run({ until: SECOND });
    const before = flow.received;
    let [longest, looks] = [0, 0];
    while (network.simulation.now < 3 * SECOND && network.simulation.step()) {
      longest = Math.max(longest, core.forward.queued);
      looks++;
    }
    expect(looks).toBeGreaterThan(1000);
    expect(((flow.received - before) * 8) / 2).toBeGreaterThan(0.92 * 5e7 * (1448 / 1538));
    // a quarter of the bandwidth-delay product while it probes
    expect(longest).toBeLessThan(82);
    const { connection } = flow;
    expect(connection.isPaced).toBe(true);
    expect(connection.congestionControl.describe!(connection)[0]).toMatch(
      /^bbr:\(bw:4\d{7}bps,mrtt:20\.\d+,/,
    );
  });

  it('does not slow down for losses that have nothing to do with congestion', () => {
    const goodput = (control: string) => {
      const { network, start } = dumbbell(1, { rate: 2e7, delay: 10 * MILLISECOND });
      const draws = new RandomStreams(7).stream('line', '');
      new BadLine(network, ({ payloadLength }, iface) => ({
        lost: payloadLength > 0 && iface.name === 'core' && draws.bernoulli(0.01),
      }));
      const flow = start(0, { congestionControl: control });
      network.simulation.run({ until: 4 * SECOND });
      return (flow.received * 8) / 4;
    };
    expect(goodput('bbr')).toBeGreaterThan(1.6e7);
    expect(goodput('cubic')).toBeLessThan(0.8 * goodput('bbr'));
  });

  it('empties the pipe every ten seconds to measure the round trip anew', () => {
    const { network, start } = dumbbell(1, { rate: 2e6, delay: 5 * MILLISECOND });
    const { connection } = start(0, { congestionControl: 'bbr' });
    const small: number[] = [];
    for (let time = 5; time < 16; time += 0.05) {
      network.simulation.run({ until: time * SECOND });
      if (connection.congestionWindow <= 4) small.push(time);
    }
    expect(small.length * 0.05).toBeGreaterThanOrEqual(0.15);
    expect(small.length * 0.05).toBeLessThan(0.6);
    expect(small[0]).toBeGreaterThan(9.9);
  });
});
