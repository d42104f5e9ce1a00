import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { DropReason } from '../../../models/drop-reason.ts';
import type { CableSpec } from '../../../models/link/cable.ts';
import { setCable } from '../../../models/netns/interface/link-control.ts';
import { sendRawFrame } from '../../../models/traffic/raw-frame.ts';
import { checkPacketConservation } from '../../checkers/packet-conservation.ts';
import { FrameLog } from '../../support/frame-log.ts';
import { MICROSECOND, SECOND, type TwoHosts, twoHosts } from '../../support/networks.ts';

/** 1 byte per microsecond, frames as they are. */
const SLOW: CableSpec = { rate: 8e6, delay: 0, overhead: 0 };

/** Sends frames of these lengths from a to b at once. */
function send({ a, b }: TwoHosts, ...lengths: number[]): void {
  const { mac: source } = a.link('eth0')!;
  for (const length of lengths) {
    const data = new Uint8Array(length - 14);
    sendRawFrame(a.findInterface('eth0')!, b.link('eth0')!.mac, source, 0x88b5, data);
  }
}

/** When frames arrive at b, in microseconds. */
function arrivals(world: TwoHosts): number[] {
  const log = new FrameLog([world.b, 'eth0']);
  world.network.simulation.run();
  checkPacketConservation(world.network);
  return log.frames.map((frame) => frame.time / MICROSECOND);
}

describe('a cable', () => {
  it('takes the time of the bits and of the way', () => {
    const world = twoHosts({ ...SLOW, delay: 500 * MICROSECOND });
    send(world, 100, 200);
    expect(arrivals(world)).toEqual([600, 800]);
  });

  it('adds preamble, FCS and gap, and pads short frames, as Ethernet does', () => {
    const world = twoHosts({ rate: 8e6, delay: 0 });
    send(world, 14, 60, 61, 1514);
    expect(arrivals(world)).toEqual([84, 168, 253, 253 + 1538]);
  });

  it('carries both directions at once', () => {
    const world = twoHosts(SLOW);
    send(world, 1000);
    send({ ...world, a: world.b, b: world.a }, 100);
    const log = new FrameLog([world.a, 'eth0'], [world.b, 'eth0']);
    world.network.simulation.run();
    expect(log.frames.map((frame) => [frame.at, frame.time])).toEqual([
      ['a:eth0', 100 * MICROSECOND],
      ['b:eth0', 1000 * MICROSECOND],
    ]);
  });

  it('stamps a frame going out with the time at which its last bit leaves', () => {
    const world = twoHosts({ ...SLOW, delay: 7 * MICROSECOND });
    const log = new FrameLog([world.a, 'eth0']);
    send(world, 100, 100);
    expect(log.frames.map((frame) => frame.time / MICROSECOND)).toEqual([100, 200]);
  });

  it('lets as many frames wait as its queue holds, the one on the wire not counted', () => {
    const world = twoHosts({ ...SLOW, queuePackets: 2 });
    send(world, 100, 100, 100, 100, 100);
    expect(world.network.drops.rows()).toEqual([
      { namespace: 'a', interface: 'eth0', reason: 'queue_full', packets: 2 },
    ]);
    expect(world.cable.forward.queued).toBe(2);
    expect(arrivals(world)).toEqual([100, 200, 300]);
    expect(world.cable.forward.statistics).toMatchObject({
      packets: 3,
      bytes: 300,
      queueDropped: 2,
      queuePeakPackets: 2,
      queuePeakBytes: 200,
      busy: 300 * MICROSECOND,
    });
    expect(world.a.link('eth0')!.statistics).toMatchObject({ txPackets: 3, txBytes: 300, txDropped: 2 });
  });

  it('lets as many bytes wait as its queue holds', () => {
    const world = twoHosts({ ...SLOW, queueBytes: 250 });
    send(world, 1000, 200, 60, 50, 14);
    expect(world.cable.forward.statistics).toMatchObject({ queueDropped: 2, queuePeakBytes: 250 });
    expect(arrivals(world)).toEqual([1000, 1200, 1250]);
  });

  it('has room again as soon as a frame has begun to leave', () => {
    const world = twoHosts({ ...SLOW, queuePackets: 1 });
    send(world, 100, 100);
    world.network.simulation.run({ until: 99 * MICROSECOND });
    send(world, 100);
    world.network.simulation.run({ until: 100 * MICROSECOND });
    send(world, 100);
    expect(world.cable.forward.statistics.queueDropped).toBe(1);
    expect(arrivals(world)).toEqual([200, 300]);
  });

  it('never queues at an infinite rate', () => {
    const world = twoHosts({ rate: Number.POSITIVE_INFINITY, delay: 10, queuePackets: 0 });
    send(world, 100, 1000, 100);
    expect(arrivals(world)).toEqual([0.01, 0.01, 0.01]);
  });

  it('loses its share of frames, and draws for each direction by itself', () => {
    const world = twoHosts({ rate: 1e9, delay: 0, loss: 0.2, queuePackets: 1e6 });
    const back = { ...world, a: world.b, b: world.a };
    for (let i = 0; i < 10_000; i++) {
      send(world, 60);
      send(back, 60);
    }
    world.network.simulation.run();
    const { forward, backward } = world.cable;
    for (const { lost } of [forward.statistics, backward.statistics]) {
      expect(lost).toBeGreaterThan(1800);
      expect(lost).toBeLessThan(2200);
    }
    expect(forward.statistics.lost).not.toBe(backward.statistics.lost);
    expect(world.network.drops.total(DropReason.linkLoss)).toBe(
      forward.statistics.lost + backward.statistics.lost,
    );
    checkPacketConservation(world.network);
  });

  it('that is cut loses what is on it and what waits, and begins afresh when mended', () => {
    const world = twoHosts({ ...SLOW, delay: 1000 * MICROSECOND });
    const { network, cable } = world;
    send(world, 100, 100, 100);
    network.simulation.run({ until: 150 * MICROSECOND });
    setCable(cable, false);
    expect(cable.forward.inFlight).toBe(0);
    expect(network.drops.total(DropReason.linkDown)).toBe(3);
    send(world, 100);
    expect(network.drops.total(DropReason.linkDown)).toBe(4);
    network.simulation.run({ until: 200 * MICROSECOND });
    setCable(cable, true);
    send(world, 100);
    expect(arrivals(world)).toEqual([1300]);
  });

  it('that is cut and mended before the next arrival does not deliver at the old times', () => {
    const world = twoHosts({ ...SLOW, delay: 1000 * MICROSECOND });
    send(world, 100);
    setCable(world.cable, false);
    setCable(world.cable, true);
    world.network.simulation.run({ until: 50 * MICROSECOND });
    send(world, 100);
    expect(arrivals(world)).toEqual([1150]);
  });

  test.prop(
    [
      fc.array(fc.integer({ min: 14, max: 1514 }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(3e6, 7e6, 1e9 / 3, 10e9, 25e9, 100e9, 999_999_937),
      fc.constantFrom(0, 24),
    ],
    { numRuns: 200 },
  )('carries exactly its rate in the long run, whatever does not divide', (lengths, rate, overhead) => {
    const world = twoHosts({ rate, delay: 0, overhead });
    send(world, ...lengths);
    const last = Math.round(arrivals(world).at(-1)! * MICROSECOND);
    const padded = lengths.map((length) => (overhead > 0 ? Math.max(length, 60) + overhead : length));
    const bits = 8 * padded.reduce((sum, length) => sum + length, 0);
    expect(last).toBeLessThanOrEqual((bits * SECOND) / rate + 1e-3);
    expect(last).toBeGreaterThan((bits * SECOND) / rate - 1 - 1e-3);
    expect(world.cable.forward.statistics.busy).toBe(last);
  });

  test.prop([
    fc.array(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 14, max: 400 })), {
      maxLength: 40,
    }),
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 900 }),
  ])('agrees with a queue written down frame by frame', (frames, queuePackets, delay) => {
    const world = twoHosts({ ...SLOW, delay: delay * MICROSECOND, queuePackets });
    const log = new FrameLog([world.b, 'eth0']);
    const expected: number[] = [];
    let starts: number[] = [];
    let free = 0;
    let now = 0;
    for (const [gap, length] of frames) {
      now += gap;
      world.network.simulation.run({ until: now * MICROSECOND });
      send(world, length);
      starts = starts.filter((start) => start > now);
      if (free > now && starts.length >= queuePackets) continue;
      const start = Math.max(now, free);
      if (start > now) starts.push(start);
      free = start + length;
      expected.push(free + delay);
    }
    world.network.simulation.run();
    expect(log.frames.map((frame) => frame.time / MICROSECOND)).toEqual(expected);
    checkPacketConservation(world.network);
  });
});
