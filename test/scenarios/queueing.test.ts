import { describe, expect, it } from 'vitest';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { ScenarioRun } from '../../scenarios/builder/scenario-run.ts';
import { errorsOf, planOf } from './load.ts';

/** Two nodes on one cable of 10 Mbit/s without a switch, a load of 20 Mbit/s, and what else there is. */
function scenario(link = '', rest = ''): string {
  return `name: queueing
stop: 2s
cluster:
  nodes:
    a: { address: 192.168.1.1/24 }
    b: { address: 192.168.1.2/24 }
  lans: {}
  links:
    - { endpoints: ["a:eth0", "b:eth0"], rate: 10Mbit, delay: 1ms, queue: 100 packets${link} }
traffic:
  load: { kind: udp, from: node/a, to: node/b, rate: 20Mbit, size: 1200B }
${rest}`;
}

function run(text: string): ScenarioRun {
  const made = new ScenarioRun(planOf(text), {
    queue: new WheelQueue(),
    openFile: () => {
      throw new Error('no captures here');
    },
    runCommand: () => {},
  });
  made.run();
  return made;
}

describe('queueing disciplines of a scenario', () => {
  it('are those of both ends of a link, unless an interface has its own', () => {
    const own = scenario(', qdisc: { kind: fq_codel }').replace(
      'b: { address: 192.168.1.2/24 }',
      'b: { address: 192.168.1.2/24, qdisc: { kind: prio, children: { 2: { kind: bfifo, limit: 9 KiB } } } }',
    );
    const { qdiscs } = run(own).result();
    expect(qdiscs.map(({ name, kind }) => [name, kind])).toEqual([
      ['a:eth0', 'fq_codel'],
      ['b:eth0', 'prio'],
      ['b:eth0 class 2', 'bfifo'],
    ]);
    expect(qdiscs[0].dropped).toBeGreaterThan(100);
  });

  it('keep delays short where a long queue would not', () => {
    const delay = (text: string) => run(text).result().flows[0].latency.p50!;
    const short = scenario(', qdisc: { kind: bfifo, limit: 5 KiB }');
    expect(delay(short)).toBeLessThan(delay(scenario()) / 10);
  });

  it('may be those of pods', () => {
    const limited = `name: pods
stop: 1s
cluster:
  nodes: { node1: { address: 192.168.1.11/24 } }
pods:
  web: { replicas: 2, qdisc: { kind: tbf, rate: 1Mbit, burst: 3000B, latency: 20ms } }
traffic:
  load: { kind: udp, from: pod/web-0, to: pod/web-1, rate: 5Mbit, size: 1200B }
`;
    const [flow] = run(limited).result().flows;
    // the payload's share of what tbf counts
    expect(flow.throughput / (1e6 * (1200 / 1242))).toBeCloseTo(1, 1);
  });

  it('change by events, and back', () => {
    const rest = `events:
  - { at: 500ms, qdisc_set: { interface: "a:eth0", qdisc: { kind: netem, delay: 50ms } }, for: 500ms }
measure: { histograms: [load.latency] }
`;
    const made = run(scenario('', rest).replace('20Mbit', '1Mbit'));
    expect(made.built.problems).toEqual([]);
    const { flows, qdiscs } = made.result();
    expect(flows[0].latency.max! / 1e6).toBeCloseTo(52, 0);
    expect(flows[0].latency.min! / 1e6).toBeCloseTo(2, 0);
    expect(qdiscs).toEqual([]);
  });
});

describe('links of a scenario', () => {
  it('lose, duplicate and corrupt frames, and every datagram has one fate', () => {
    const bad =
      ', impairments: { jitter: 500us, distribution: normal, burst_loss: { to_bad: 2%, to_good: 20% },' +
      ' duplicate: { probability: 5% }, reorder: { probability: 2% }, corrupt: { probability: 3% } }';
    const result = run(
      scenario(bad).replace('20Mbit', '2Mbit').replace('delay: 1ms', 'delay: 20ms'),
    ).result();
    const [{ sent, received, lostByReason, inFlight, duplicates, reordered }] = result.flows;
    expect(lostByReason.link_loss).toBeGreaterThan(10);
    expect(lostByReason.udp_checksum).toBeGreaterThan(3);
    expect(duplicates).toBeGreaterThan(5);
    expect(reordered).toBeGreaterThan(0);
    const lost = Object.values(lostByReason).reduce((sum, count) => sum + count, 0);
    expect(received + lost + inFlight).toBe(sent);
    expect(inFlight).toBeGreaterThanOrEqual(0);
    const { created, copied, delivered, dropped } = result.packets;
    expect(created + copied).toBe(delivered + dropped + result.packets.inFlight);
  });

  it('do the same for the same seed, and something else for another', () => {
    const bad = scenario(', impairments: { loss: { probability: 10%, correlation: 25% } }');
    const prints = [1, 1, 2].map((seed) => run(`${bad}seed: ${seed}\n`).result().fingerprint.timed);
    expect(prints[0]).toBe(prints[1]);
    expect(prints[2]).not.toBe(prints[0]);
  });

  it('change their rate, delay, queue and loss by events, and back', () => {
    const rest = `events:
  - { at: 500ms, link_set: { link: "a:eth0", rate: 40Mbit, delay: 5ms }, for: 1s }
measure: { series: { every: 100ms, of: [link.throughput] } }
`;
    const made = run(scenario('', rest));
    const { times, values } = made.series.find(({ link }) => link === 'a:eth0 > b:eth0')!;
    const at = (milliseconds: number) => values[times.indexOf(milliseconds * 1e6)]! / 1e6;
    expect(at(400)).toBeCloseTo(9.7, 0);
    expect(at(1000)).toBeGreaterThan(20);
    expect(at(1800)).toBeCloseTo(9.7, 0);
    expect(made.built.cables[0].forward.rate).toBe(10e6);
  });
});

describe('what is wrong with a discipline', () => {
  const messages = (link: string) => errorsOf(scenario(link)).map((line) => line.replace(/^\d+:\d+: /, ''));

  it('is said with its place and the nearest name', () => {
    expect(errorsOf(scenario(', qdisc: { kind: fq_codl }'))[0]).toMatch(/^9:\d+: .*fq_codl.*fq_codel/s);
    expect(errorsOf(scenario(', qdisc: { kind: fq_codel, targt: 5ms }'))[0]).toMatch(
      /^9:\d+: .*targt.*target/s,
    );
  });

  it.each([
    ['kind: pfifo, target: 5ms', 'target does not go with pfifo'],
    ['kind: tbf, rate: 1Mbit', 'tbf needs burst'],
    ['kind: tbf, rate: 1Mbit, burst: 3000B', 'tbf needs either limit or latency'],
    ['kind: bfifo, limit: 10 packets', 'the limit of bfifo is not in that unit'],
    ['kind: fq_codel, limit: 64 KiB', 'the limit of fq_codel is not in that unit'],
    ['kind: prio, bands: 2', 'the key "priomap" is missing'],
    [
      'kind: prio, bands: 2, priomap: [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]',
      'there is no such band',
    ],
    ['kind: prio, children: { 4: { kind: pfifo } }', 'prio has no class 4'],
    ['kind: red, limit: 64 KiB, burst_packets: 1, min: 30 KiB', 'these do not fit together'],
  ])('%s', (text, message) => {
    const [first] = messages(`, qdisc: { ${text} }`);
    expect(first).toContain(message);
  });

  it('is said of impairments and events too', () => {
    expect(
      messages(', impairments: { loss: { probability: 1% }, burst_loss: { to_bad: 1%, to_good: 1% } }')[0],
    ).toContain('loss and burst_loss exclude one another');
    const rest = 'events:\n  - { at: 1s, link_set: { link: "c:eth0", rate: 1Mbit } }\n';
    expect(errorsOf(scenario('', rest))[0]).toMatch(/^13:\d+: .*c/);
  });
});
