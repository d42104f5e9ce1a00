import { describe, expect, it } from 'vitest';
import { Packet } from '../../models/packet.ts';
import { PacketPool } from '../../models/packet-pool.ts';

describe('the packet pool', () => {
  it('gives back a packet with all fields at rest that a sender does not fill in', () => {
    const pool = new PacketPool();
    const used = pool.create();
    Object.assign(used, {
      tos: 4,
      ipId: 7,
      dontFragment: true,
      moreFragments: true,
      fragmentOffset: 8,
      options: new Uint8Array(4),
      payloadLength: 99,
      redirect: true,
      hopsNow: 5,
      flow: 3,
      flowSequence: 12,
      traced: 1,
    });
    pool.release(used);
    const again = pool.create();
    expect(again).toBe(used);
    const fresh = new Packet();
    for (const key of [
      'tos',
      'ipId',
      'dontFragment',
      'moreFragments',
      'fragmentOffset',
      'options',
    ] as const) {
      expect([key, again[key]]).toEqual([key, fresh[key]]);
    }
    for (const key of [
      'payloadLength',
      'redirect',
      'hopsNow',
      'flow',
      'flowSequence',
      'traced',
      'copies',
    ] as const) {
      expect([key, again[key]]).toEqual([key, fresh[key]]);
    }
  });

  it('trips over a packet that is released twice', () => {
    const pool = new PacketPool();
    const packet = pool.create();
    pool.release(packet);
    expect(() => pool.release(packet)).toThrow('released twice');
  });

  it('copies every field that is on the wire, and lets copies share their fate', () => {
    const pool = new PacketPool();
    const packet = pool.create();
    let value = 1;
    const copied = [
      'source',
      'destination',
      'etherType',
      'length',
      'ipSource',
      'ipDestination',
      'protocol',
      'ttl',
      'tos',
      'ipId',
      'fragmentOffset',
      'sourcePort',
      'destinationPort',
      'icmpType',
      'icmpCode',
      'icmpWord',
      'arpOperation',
      'arpSender',
      'arpTarget',
      'payloadLength',
      'flow',
      'flowSequence',
      'sentAt',
      'arrivalOrder',
    ] as const;
    for (const key of copied) packet[key] = value++;
    const copy = pool.copy(packet);
    for (const key of copied) expect([key, copy[key]]).toEqual([key, packet[key]]);
    const third = pool.copy(copy);
    expect(third.copies).toBe(packet.copies);
    expect(packet.copies!.outstanding).toBe(3);
    expect(pool).toMatchObject({ created: 1, copied: 2, inFlight: 3 });
  });
});
