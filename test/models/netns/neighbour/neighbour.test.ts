import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../../models/drop-reason.ts';
import type { NeighbourState } from '../../../../models/netns/control-types.ts';
import { CountingPayload } from '../../../../models/payload.ts';
import { Ping } from '../../../../models/traffic/ping.ts';
import { PingFlow } from '../../../../models/traffic/ping-flow.ts';
import { sendRawFrame } from '../../../../models/traffic/raw-frame.ts';
import { PingSocket } from '../../../../models/transport/ping-socket.ts';
import { checkFlowConservation, checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { WatchedFlow } from '../../../checkers/watched-flow.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { ip, MILLISECOND, SECOND, type TwoHosts, twoHosts } from '../../../support/networks.ts';
import { refusal } from '../../../support/refusal.ts';

const ABSENT = ip('10.0.0.77');
const PEER = ip('10.0.0.2');
const DATA = new CountingPayload(256);

function echo({ a }: TwoHosts, to = PEER, socket = new PingSocket(a)): void {
  expect(socket.send(to, 1, 56, DATA)).toBeNull();
}

function stateAt(world: TwoHosts, seconds: number, address = PEER): NeighbourState | undefined {
  world.network.simulation.run({ until: seconds * SECOND });
  return world.a.neighbours().find((entry) => entry.address === address)?.state;
}

/** Seconds from each ARP request of a to the next. */
function requestGaps(log: FrameLog): number[] {
  const times = log.matching(/Request/, 'out').map((frame) => frame.time);
  return times.slice(1).map((time, i) => (time - times[i]) / SECOND);
}

describe('a neighbour', () => {
  it('is asked for three times, about a second apart, and then given up', () => {
    const world = twoHosts();
    const log = new FrameLog([world.a, 'eth0']);
    echo(world, ABSENT);
    expect(stateAt(world, 2.5, ABSENT)).toBe('incomplete');
    expect(stateAt(world, 3.2, ABSENT)).toBe('failed');
    expect(log.texts(/Request/)).toEqual(
      new Array(3).fill('Request who-has 10.0.0.77 tell 10.0.0.1, length 28'),
    );
    for (const gap of requestGaps(log)) {
      expect(gap).toBeGreaterThanOrEqual(1);
      expect(gap).toBeLessThanOrEqual(1.036);
    }
    expect(world.network.drops.total(DropReason.neighbourFailed)).toBe(1);
    checkPacketConservation(world.network);
  });

  it('that answers gets all that has waited, in order', () => {
    const world = twoHosts({ rate: 1e9, delay: MILLISECOND });
    const log = new FrameLog([world.b, 'eth0']);
    const socket = new PingSocket(world.a);
    for (let sequence = 1; sequence <= 5; sequence++) socket.send(PEER, sequence, 56, DATA);
    world.network.simulation.run({ until: SECOND });
    const sequences = log.texts(/echo request/).map((text) => /seq (\d+)/.exec(text)![1]);
    expect(sequences).toEqual(['1', '2', '3', '4', '5']);
    expect(log.matching(/Request who-has 10.0.0.2/)).toHaveLength(1);
  });

  it('goes from reachable to stale, from stale over delay to probe, and back', () => {
    const world = twoHosts();
    const log = new FrameLog([world.a, 'eth0']);
    echo(world);
    expect(stateAt(world, 1)).toBe('reachable');
    expect(stateAt(world, 14.9)).toBe('reachable');
    expect(stateAt(world, 60)).toBe('stale');
    log.clear();
    echo(world);
    expect(stateAt(world, 64)).toBe('delay');
    expect(stateAt(world, 66)).toBe('reachable');
    const [probe] = log.matching(/Request who-has 10.0.0.2/, 'out');
    const after = probe.time / SECOND - 60;
    expect(after).toBeGreaterThanOrEqual(5);
    expect(after).toBeLessThanOrEqual(5.264);
    const unicast = world.b.link('eth0')!.mac;
    expect([...probe.bytes.subarray(0, 6)].reduce((sum, byte) => sum * 256 + byte, 0)).toBe(unicast);
  });

  it('that upper layers hear from needs no probe', () => {
    const requestsOf = (confirms: boolean) => {
      const world = twoHosts();
      const log = new FrameLog([world.a, 'eth0']);
      // iputils' ping does not vouch for the next hop, as TCP does
      const ping = new Ping(world.a, { to: PEER, count: 60, interval: SECOND });
      ping.start(0);
      for (let second = 1; second <= 58; second++) {
        world.network.simulation.run({ until: second * SECOND });
        if (confirms) world.a.findInterface('eth0')!.neighbours.get(PEER)!.confirm();
      }
      ping.interrupt();
      return log.matching(/Request who-has 10.0.0.2/, 'out').length;
    };
    expect(requestsOf(true)).toBe(1);
    expect(requestsOf(false)).toBeGreaterThan(1);
  });

  it('that has gone is probed by unicast three times and then fails', () => {
    const world = twoHosts();
    echo(world);
    stateAt(world, 60);
    const log = new FrameLog([world.a, 'eth0']);
    world.b.setSysctl('net.ipv4.conf.all.arp_ignore', '8');
    echo(world);
    expect(stateAt(world, 67)).toBe('probe');
    expect(stateAt(world, 69)).toBe('failed');
    expect(log.matching(/Request who-has 10.0.0.2/, 'out')).toHaveLength(3);
  });

  it('draws its reachable time from half to three halves of the base', () => {
    const ends = Array.from({ length: 40 }, (_, seed) => {
      const world = twoHosts();
      world.network.random.stream('skip', `${seed}`);
      world.a.setSysctl('net.ipv4.neigh.eth0.base_reachable_time_ms', `${1000 + seed * 500}`);
      echo(world);
      world.network.simulation.run({ until: MILLISECOND });
      return world.a.findInterface('eth0')!.neighbours.reachableTime! / ((1000 + seed * 500) * MILLISECOND);
    });
    for (const share of ends) {
      expect(share).toBeGreaterThanOrEqual(0.5);
      expect(share).toBeLessThanOrEqual(1.5);
    }
  });

  it('keeps so much waiting as unres_qlen_bytes allows, the newest', () => {
    const world = twoHosts();
    world.a.setSysctl('net.ipv4.neigh.eth0.unres_qlen_bytes', '3000');
    const flow = new WatchedFlow();
    const { a, network } = world;
    const options = { to: ABSENT, every: MILLISECOND, size: 56, start: 0, stop: SECOND, count: 10 };
    new PingFlow(a, flow, options).begin();
    network.simulation.run({ until: 0.5 * SECOND });
    expect(flow.lossesByReason()).toEqual({ neighbour_queue_full: 7 });
    checkPacketConservation(network);
    network.simulation.run({ until: 10 * SECOND });
    expect(flow.lossesByReason()).toEqual({ neighbour_queue_full: 7, neighbour_failed: 3 });
    checkFlowConservation(network, flow);
    flow.check();
  });

  it('loses what waits for it when its link goes down', () => {
    const world = twoHosts();
    echo(world, ABSENT);
    world.a.setLinkUp('eth0', false);
    expect(world.network.drops.total(DropReason.deviceGone)).toBe(1);
    world.network.simulation.run();
    checkPacketConservation(world.network);
    expect(world.network.pool.inFlight).toBe(0);
  });

  it('does not keep a place for its timer once it has gone', () => {
    const world = twoHosts();
    for (let i = 0; i < 20; i++) {
      echo(world, ABSENT + i);
      world.a.flushNeighbours('eth0');
    }
    const place = world.network.timerTargets.add({ onTimer() {} });
    expect(place).toBeLessThan(5);
  });
});

describe('entries made by hand', () => {
  it('are permanent unless said otherwise: no request, no change', () => {
    const world = twoHosts();
    const { a, b, network } = world;
    const log = new FrameLog([a, 'eth0']);
    a.setNeighbour({ address: PEER, dev: 'eth0', mac: b.link('eth0')!.mac }, 'add');
    echo(world);
    network.simulation.run({ until: 100 * SECOND });
    expect(log.matching(/Request who-has 10.0.0.2/)).toEqual([]);
    expect(stateAt(world, 100)).toBe('permanent');
    a.flushNeighbours();
    expect(stateAt(world, 100)).toBe('permanent');
  });

  it('are refused when they do not fit what is there', () => {
    const { a } = twoHosts();
    const entry = { address: ABSENT, dev: 'eth0', mac: 0x020000000001 };
    expect(refusal(() => a.setNeighbour(entry, 'change'))).toMatch('ENOENT');
    a.setNeighbour(entry, 'add');
    expect(refusal(() => a.setNeighbour(entry, 'add'))).toBe('EEXIST: File exists');
    a.setNeighbour({ ...entry, mac: 0x020000000002, state: 'stale' }, 'replace');
    expect(a.neighbours()).toMatchObject([{ mac: 0x020000000002, state: 'stale' }]);
    expect(refusal(() => a.setNeighbour({ ...entry, dev: 'eth7' }, 'add'))).toMatch('ENODEV');
    expect(refusal(() => a.setNeighbour({ address: ip('10.0.0.5'), dev: 'eth0' }, 'add'))).toBe(
      'EINVAL: No link layer address given',
    );
    a.deleteNeighbour(ABSENT, 'eth0');
    expect(refusal(() => a.deleteNeighbour(ABSENT, 'eth0'))).toMatch('ENOENT');
  });

  it('that name an address which nobody has send frames there all the same', () => {
    const world = twoHosts();
    world.a.setNeighbour({ address: PEER, dev: 'eth0', mac: 0x020000000099 }, 'add');
    echo(world);
    world.network.simulation.run();
    expect(world.network.drops.rows()).toEqual([
      { namespace: 'b', interface: 'eth0', reason: 'other_host', packets: 1 },
    ]);
  });
});

describe('ARP made by hand', () => {
  it('of a malformed kind is swallowed', () => {
    const world = twoHosts();
    const { a, b, network } = world;
    const { mac } = a.link('eth0')!;
    sendRawFrame(a.findInterface('eth0')!, b.link('eth0')!.mac, mac, 0x0806, new Uint8Array(10));
    network.simulation.run();
    checkPacketConservation(network);
  });
});
