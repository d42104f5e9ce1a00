import { describe, expect, it } from 'vitest';
import type { Dctcp } from '../../../../models/transport/tcp/dctcp.ts';
import { Ecn } from '../../../../models/transport/tcp/ecn.ts';
import type { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { dumbbell } from '../../../support/dumbbell.ts';
import { MILLISECOND, SECOND, twoHosts } from '../../../support/networks.ts';
import { SegmentScript } from '../../../support/segment-script.ts';
import { listen, open, PATTERN } from '../../../support/tcp-pair.ts';

/** A connection of the script's that has asked for ECN. */
function capable(control = 'reno'): { script: SegmentScript; connection: TcpConnection } {
  const script = new SegmentScript();
  const listener = listen(script.host, 80, 16, { congestionControl: control });
  expect(script.send('SEW', { mss: 1000, sackPermitted: true, scale: 0 })[0]).toMatch(/^S\.E/);
  script.send('.', { seq: 1, ack: 1 });
  script.news();
  return { script, connection: listener.accept()! };
}

/** Whether a connection from one host to another marks its data, by `tcp_ecn` of both. */
function negotiated(asks: string, grants: string): boolean {
  const { network, a, b } = twoHosts();
  a.setSysctl('net.ipv4.tcp_ecn', asks);
  b.setSysctl('net.ipv4.tcp_ecn', grants);
  listen(b, 80);
  const connection = open(a, '10.0.0.2', 80);
  network.simulation.run({ until: SECOND });
  return connection.ecn.on;
}

describe('explicit congestion notification', () => {
  it('is asked for with tcp_ecn 1 and granted unless it is 0', () => {
    expect(negotiated('2', '2')).toBe(false);
    expect(negotiated('1', '2')).toBe(true);
    expect(negotiated('1', '1')).toBe(true);
    expect(negotiated('1', '0')).toBe(false);
  });

  it('is given up with the first SYN that is lost (tcp_ecn_fallback)', () => {
    const { network, a } = twoHosts();
    a.setSysctl('net.ipv4.tcp_ecn', '1');
    const flags: number[] = [];
    network.receiveFromCable = (_iface, packet) => {
      if (packet.tcp !== null) flags.push(packet.tcp.flags);
      network.deliver(packet);
    };
    const mac = a.link('eth0')!.mac;
    a.setNeighbour({ address: 0x0a000002, dev: 'eth0', mac, state: 'permanent' } as never, 'replace');
    open(a, '10.0.0.2', 80);
    network.simulation.run({ until: 1.5 * SECOND });
    expect(flags).toEqual([0x0c2, 0x002]);
  });

  it('marks new data alone as capable', () => {
    const { script, connection } = capable();
    connection.send(3000, PATTERN);
    script.news();
    expect(script.packets.slice(-3).map(({ ecn }) => ecn)).toEqual(new Array(3).fill(Ecn.capable0));
    script.send('.', { seq: 1, ack: 1, length: 100 });
    expect(script.packets.at(-1)!.ecn).toBe(Ecn.notCapable);
    script.wait(300);
    // sent again
    expect(script.packets.at(-1)!.ecn).toBe(Ecn.notCapable);
  });

  it('halves the window once for a round trip of marks, and says so with the next data', () => {
    const { script, connection } = capable();
    connection.send(10_000, PATTERN);
    script.news();
    script.send('.E', { seq: 1, ack: 2001 });
    script.send('.E', { seq: 1, ack: 4001 });
    expect(connection.slowStartThreshold).toBe(5);
    script.send('.E', { seq: 1, ack: 10_001 });
    expect(connection.congestionWindow).toBeLessThanOrEqual(6);
    connection.send(2000, PATTERN);
    expect(script.news()[0]).toMatch(/^W?\.?W? ?10001|^\.W? 10001|10001:11001/);
    const flags = script.packets.slice(-2).map(({ tcp }) => tcp.flags & 0x80);
    expect(flags).toEqual([0x80, 0]);
    expect(connection.totalRetransmissions).toBe(0);
  });

  it('is echoed until the sender says that it has slowed down', () => {
    const { script } = capable();
    const echo = () => (script.packets.at(-1)!.tcp.flags & 0x40) !== 0;
    script.send('.', { seq: 1, ack: 1, length: 1000, ecn: Ecn.capable0 });
    expect(echo()).toBe(false);
    script.send('.', { seq: 1001, ack: 1, length: 1000, ecn: Ecn.congested });
    expect(echo()).toBe(true);
    script.send('.', { seq: 2001, ack: 1, length: 1000, ecn: Ecn.capable0 });
    expect(echo()).toBe(true);
    script.send('W.', { seq: 3001, ack: 1, length: 1000, ecn: Ecn.capable0 });
    expect(echo()).toBe(false);
  });
});

describe('DCTCP', () => {
  it('tells a change of marks at once, and acknowledges what came before without it', () => {
    const { script } = capable('dctcp');
    for (let i = 0; i < 20; i++)
      script.send('.', { seq: 1 + i * 1000, ack: 1, length: 1000, ecn: Ecn.capable0 });
    script.wait(100);
    script.news();
    const at = 20_001;
    script.send('.', { seq: at, ack: 1, length: 1000, ecn: Ecn.capable0 });
    const acks = script.send('.', { seq: at + 1000, ack: 1, length: 1000, ecn: Ecn.congested });
    expect(acks.map((text) => /ack (\d+)/.exec(text)?.[1])).toEqual([String(at + 1000), String(at + 2000)]);
    const flags = script.packets.slice(-2).map(({ tcp }) => tcp.flags & 0x40);
    expect(flags).toEqual([0, 0x40]);
  });

  it('keeps the queue at the threshold of marking, and the link busy', () => {
    const threshold = 20;
    const { network, core, start } = dumbbell(2, { rate: 1e8, delay: 2 * MILLISECOND, queuePackets: 250 });
    const receive = network.receiveFromCable.bind(network);
    network.receiveFromCable = (iface, packet) => {
      if (core.forward.queued > threshold && (packet.tos & 3) !== 0) packet.tos |= Ecn.congested;
      receive(iface, packet);
    };
    const flows = [0, 1].map((i) => start(i, { congestionControl: 'dctcp' }));
    network.simulation.run({ until: 0.5 * SECOND });
    const before = flows.map(({ received }) => received);
    let longest = 0;
    while (network.simulation.now < 1.5 * SECOND && network.simulation.step()) {
      longest = Math.max(longest, core.forward.queued);
    }
    const goodput = flows.reduce((sum, { received }, i) => sum + received - before[i], 0) * 8;
    expect(goodput).toBeGreaterThan(0.92e8);
    expect(longest).toBeLessThan(3 * threshold);
    for (const { connection } of flows) {
      expect(connection.totalRetransmissions).toBe(0);
      expect((connection.congestionControl as Dctcp).describe(connection)[0]).toMatch(/alpha:\d{2,3},/);
    }
  });
});
