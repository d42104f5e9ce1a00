import { describe, expect, it } from 'vitest';
import { MICROSECOND, SECOND } from '../../support/networks.ts';
import { OneWay } from './one-way.ts';

describe('an interface with a queueing discipline', () => {
  it('keeps what waits for the wire in the discipline, and drops what that has no room for', () => {
    const way = new OneWay({ kind: 'pfifo', limit: 2 });
    for (let i = 0; i < 5; i++) way.send(1000);
    expect(way.view).toMatchObject({ backlogPackets: 2, backlogBytes: 2000 });
    expect(way.hosts.cable.forward.queued).toBe(0);
    way.run();
    expect(way.arrivals.map(({ time }) => time / MICROSECOND)).toEqual([1000, 2000, 3000]);
    expect(way.view.statistics).toMatchObject({ sentPackets: 3, sentBytes: 3000, dropped: 2 });
    expect(way.drops).toEqual({ queue_full: 2 });
  });

  it('drops from the head where that is what it is for', () => {
    const way = new OneWay({ kind: 'pfifo_head_drop', limit: 2 });
    for (let i = 0; i < 5; i++) way.send(1000);
    expect(way.run().numbers).toEqual([0, 3, 4]);
  });

  it('counts the limit of a bfifo in bytes', () => {
    const way = new OneWay({ kind: 'bfifo', limit: 1500 });
    for (const length of [1000, 1000, 600, 500]) way.send(length);
    expect(way.run().numbers).toEqual([0, 1, 3]);
  });

  it('loses what waits when the cable is cut, and begins anew', () => {
    const way = new OneWay({ kind: 'pfifo', limit: 10 });
    for (let i = 0; i < 3; i++) way.send(1000);
    way.hosts.b.setLinkUp('eth0', false);
    expect(way.view.backlogPackets).toBe(0);
    way.hosts.b.setLinkUp('eth0', true);
    way.run(SECOND);
    way.send(1000);
    // the first was on the wire already
    expect(way.run().numbers).toEqual([0, 3]);
  });

  it('passes on at once where there is no wire', () => {
    const way = new OneWay({ kind: 'pfifo', limit: 1 }, { rate: Number.POSITIVE_INFINITY, delay: 0 });
    for (let i = 0; i < 5; i++) way.send(1000);
    expect(way.run().numbers).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes back to the queue of the cable when the discipline is taken away', () => {
    const way = new OneWay({ kind: 'pfifo', limit: 1 });
    way.send(1000);
    way.send(1000);
    way.hosts.a.deleteQdisc({ dev: 'eth0' });
    for (let i = 0; i < 3; i++) way.send(1000);
    expect(way.run().numbers).toEqual([0, 2, 3, 4]);
    expect(way.drops).toEqual({ interface_down: 1 });
  });
});
