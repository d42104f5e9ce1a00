import { describe, expect, it } from 'vitest';
import { dumbbell } from '../../../support/dumbbell.ts';
import { addAddress, addHost, MILLISECOND, newNetwork, SECOND } from '../../../support/networks.ts';
import { listen, open, PATTERN, Reader, sendAll } from '../../../support/tcp-pair.ts';

/** A pod whose only way out is a veth pair with a token bucket of 10 Mbit/s, and the node at its other end. */
function slowPod(limit: number) {
  const network = newNetwork();
  const [pod, node] = ['pod', 'node'].map((name) => addHost(network, name));
  node.addVeth({ name: 'veth', peer: { name: 'eth0', namespace: pod } });
  node.setLinkUp('veth', true);
  pod.setLinkUp('eth0', true);
  addAddress(node, 'veth', '10.0.0.1/24');
  addAddress(pod, 'eth0', '10.0.0.2/24');
  pod.setQdisc({ dev: 'eth0' }, { kind: 'tbf', rate: 1_250_000, burst: 15_000, limit }, 'add');
  return { network, pod, node };
}

describe('the queue of the own host', () => {
  it('holds a connection back before it overflows', () => {
    const { network, pod, node } = slowPod(120_000);
    const listener = listen(node, 80);
    let reader: Reader | null = null;
    listener.onChange = () => {
      reader = new Reader(listener.accept()!);
    };
    const connection = open(pod, '10.0.0.1', 80);
    sendAll(connection, 500_000);
    let most = 0;
    while (network.simulation.now < SECOND && network.simulation.step()) {
      most = Math.max(most, pod.findInterface('eth0')!.qdisc!.root.backlogBytes);
    }
    expect(reader!.received).toBe(500_000);
    expect(connection.totalRetransmissions).toBe(0);
    // two bursts of half a window, and the one that did not know of them
    expect(most).toBeLessThan(80_000);
    expect(pod.findInterface('eth0')!.qdisc!.root.statistics.dropped).toBe(0);
  });

  it('sends a burst as one packet, as far as there are ever tokens for it', () => {
    const { network, pod, node } = slowPod(500_000);
    const times: number[] = [];
    pod.findInterface('eth0')!.tap = {
      egress: (_iface, packet) => {
        if (packet.payloadLength > 0) times.push(network.simulation.now);
      },
      ingress: () => {},
    };
    listen(node, 80);
    const connection = open(pod, '10.0.0.1', 80);
    network.simulation.run({ until: SECOND });
    times.length = 0;
    connection.send(14_480, PATTERN);
    network.simulation.run({ until: 2 * SECOND });
    // ten segments: five at once, and five when there are tokens for them together
    expect(times.map((time) => Math.round((time - times[0]) / 1000))).toEqual([
      ...new Array(5).fill(0),
      ...new Array(5).fill(112),
    ]);
  });

  it('is about a millisecond long where the wire is slower than the connection', () => {
    const spec = { rate: 1e9, delay: 10 * MILLISECOND, queuePackets: 1000 };
    const slow = { rate: 1e8, delay: 1000, queuePackets: 1000 };
    const { network, senders, start } = dumbbell(1, spec, slow);
    const flow = start(0);
    const { cable } = senders[0].findInterface('eth0')!;
    let most = 0;
    network.simulation.run({ until: SECOND });
    while (network.simulation.now < 2 * SECOND && network.simulation.step()) {
      most = Math.max(most, cable!.queued);
    }
    expect(flow.connection.totalRetransmissions).toBe(0);
    expect(flow.received).toBeGreaterThan(0.9 * 1.4 * 1.25e7);
    expect(most).toBeLessThan(60);
  });
});

describe('a window that is not used', () => {
  it('falls half-way to what was used, and starts anew after an idle time', () => {
    const { network, start } = dumbbell(1, { rate: 1e9, delay: 5 * MILLISECOND });
    const flow = start(0, { congestionControl: 'reno' });
    const { connection } = flow;
    network.simulation.run({ until: 0.1 * SECOND });
    connection.onChange = null;
    network.simulation.run({ until: SECOND });
    const window = connection.congestionWindow;
    expect(window).toBeGreaterThan(100);
    network.simulation.run({ until: 1.3 * SECOND });
    connection.send(1000, PATTERN);
    expect(connection.congestionWindow).toBeLessThan(window);
    expect(connection.slowStartThreshold).toBeGreaterThanOrEqual(Math.floor(window / 2));
    network.simulation.run({ until: 20 * SECOND });
    connection.send(1000, PATTERN);
    expect(connection.congestionWindow).toBe(10);
  });
});

describe('reports of a gap', () => {
  it('are sent for the first three segments behind it, then for what comes in a twentieth of a round trip', () => {
    const { network, core, start } = dumbbell(1, { rate: 1e9, delay: 10 * MILLISECOND });
    const { connection } = start(0, { congestionControl: 'reno' });
    network.simulation.run({ until: 0.25 * SECOND });
    let lost = false;
    let reports = 0;
    let behind = 0;
    const receive = network.receiveFromCable.bind(network);
    network.receiveFromCable = (iface, packet) => {
      const isData = packet.payloadLength > 0;
      if (iface.fullName === 'right:core' && isData && !lost) {
        lost = true;
        network.drop(packet, 0 as never, iface);
        return;
      }
      if (iface.fullName === 'right:core' && isData) behind++;
      if (iface.fullName === 'left:core' && packet.length > 66) reports++;
      receive(iface, packet);
    };
    network.simulation.run({ until: network.simulation.now + 40 * MILLISECOND });
    expect(connection.totalRetransmissions).toBe(1);
    expect(core.forward.statistics.queueDropped).toBe(0);
    expect(reports).toBeGreaterThanOrEqual(4);
    expect(reports).toBeLessThan(behind / 2);
  });
});
