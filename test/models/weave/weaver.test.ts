import { describe, expect, it } from 'vitest';
import { Ping } from '../../../models/traffic/ping.ts';
import { SHORT_ID_BITS } from '../../../models/weave/mesh/short-ids.ts';
import { formatPeerName, type PeerName } from '../../../models/weave/peer-name.ts';
import { Weaver } from '../../../models/weave/weaver.ts';
import { FrameLog } from '../../support/frame-log.ts';
import { MILLISECOND, newNetwork, prefix } from '../../support/networks.ts';
import { WeaverNet } from '../../support/weaver-net.ts';

const FIRST = '192.168.77.11';
const SECOND_ADDRESS = '192.168.77.12';

function range(text: string) {
  const { destination: address, prefixLength: length } = prefix(text);
  return { address, length };
}

const ipamState = (net: WeaverNet, node: number) => /Status: (.*)/.exec(net.print(node, 'weave status'))![1];

/** Two names, the lower one first, whose processes draw the same short id. */
function namesThatCollide(): [PeerName, PeerName] {
  const { random } = newNetwork();
  const drawn = new Map<number, PeerName>();
  for (let name = 0x020000000001; ; name++) {
    const stream = random.stream('weave_uid', formatPeerName(name));
    const shortId = stream.integer(0, 2 ** SHORT_ID_BITS - 1);
    const other = drawn.get(shortId);
    if (other !== undefined) return [other, name];
    drawn.set(shortId, name);
  }
}

describe('the quorum of a router that was not told how many peers there are', () => {
  it('is of its targets and itself; one target that is itself does not count', () => {
    const net = new WeaverNet();
    const init = { kind: 'consensus', peers: 0 } as const;
    net.addPeer({ init, targets: [FIRST, SECOND_ADDRESS, '192.168.77.13'] });
    net.advance(1);
    net.start(1, 'weave prime');
    expect(ipamState(net, 1)).toBe('awaiting consensus (quorum: 2, known: 1)');
  });

  it('counts targets to which it is connected already', () => {
    const net = new WeaverNet();
    const init = { kind: 'consensus', peers: 0 } as const;
    net.addPeer({ init, targets: [SECOND_ADDRESS, '192.168.77.13', '192.168.77.14'] });
    net.addPeer({ init: { kind: 'observer' } });
    net.advance(5);
    expect(net.print(1, 'weave status connections')).toMatch(/192\.168\.77\.12:\d+ +established/);
    net.start(1, 'weave prime');
    expect(ipamState(net, 1)).toBe('awaiting consensus (quorum: 3, known: 1)');
  });
});

describe('two living peers with one short id', () => {
  it('keep it where the name is lower; the other takes a new one, and frames find both', () => {
    const [low, high] = namesThatCollide();
    const net = new WeaverNet();
    const a = net.addPeer({ name: low, datapath: 'fastdp', init: { kind: 'seed', peers: [low, high] } });
    const b = net.addPeer({
      ...{ name: high, datapath: 'fastdp', init: { kind: 'seed', peers: [low, high] } },
      targets: [FIRST],
    });
    const { shortId } = a.mesh.peers.local;
    expect(b.mesh.peers.local.shortId).toBe(shortId);
    const pods = [net.attach(1, 'one', 'aaaaaaaaaa'), net.attach(2, 'two', 'bbbbbbbbbb')];
    net.advance(5);
    expect(a.mesh.peers.local.shortId).toBe(shortId);
    const other = b.mesh.peers.local.shortId;
    expect(other).not.toBe(shortId);
    for (const { mesh } of [a, b]) {
      expect(mesh.peers.fetchByShortId(shortId)?.name).toBe(low);
      expect(mesh.peers.fetchByShortId(other)?.name).toBe(high);
    }
    expect(net.print(1, 'weave status connections')).toContain('fastdp');
    const log = new FrameLog([net.nodes[0], 'eth0']);
    const [{ address }] = pods[1].link('eth0')!.addresses;
    const ping = new Ping(pods[0], { to: address, count: 3, interval: 100 * MILLISECOND });
    ping.start(net.network.simulation.now);
    net.advance(1);
    expect(ping.result.received).toBe(3);
    const vnis = log.frames
      .filter(({ bytes }) => bytes[23] === 17 && bytes[36] * 256 + bytes[37] === 6784 && bytes.length < 200)
      .map(({ bytes }) => (bytes[46] << 16) | (bytes[47] << 8) | bytes[48]);
    expect(new Set(vnis)).toEqual(new Set([shortId | (other << 12), other | (shortId << 12)]));
  });
});

describe('two peers with different ranges', () => {
  it('refuse each other as soon as both have a ring, each time they try', () => {
    const net = new WeaverNet();
    net.addPeer({ init: { kind: 'seed', peers: [0x020000000001] } });
    net.addPeer({
      ...{ init: { kind: 'seed', peers: [0x020000000001] }, targets: [FIRST] },
      range: range('10.40.0.0/13'),
    });
    net.advance(20);
    const connections = net.print(2, 'weave status connections');
    expect(connections).toMatch(/^-> 192\.168\.77\.11:6783 +failed /);
    const errors = net.weavers.flatMap(({ log }) => log).filter((line) => /Incompatible/.test(line));
    expect(errors.length).toBeGreaterThan(1);
    for (const line of errors) {
      expect(line).toMatch(
        /Incompatible IP allocation ranges \(received: 10\.\d+\.0\.0\/1[23], ours: 10\.\d+\.0\.0\/1[23]\)$/,
      );
    }
    expect(net.print(2, 'weave status')).toMatch(/Peers: 1\n/);
  });
});

describe('a router that is killed and started again with its database', () => {
  it('has its ring at once, gives nothing away twice, and goes on with the pods that are there', () => {
    const net = new WeaverNet();
    const first = net.addPeer();
    const one = net.attach(1, 'one', 'aaaaaaaaaa');
    net.attach(1, 'two', 'bbbbbbbbbb');
    const ipam = net.print(1, 'weave status ipam');
    const uid = first.mesh.peers.local.uid;
    const persisted = first.stop();
    net.weavers[0] = new Weaver({ ...first.options, persisted });
    net.weavers[0].start();
    expect(net.weavers[0].mesh.peers.local.uid).not.toBe(uid);
    expect(ipamState(net, 1)).toBe('ready');
    expect(net.print(1, 'weave status ipam')).toBe(ipam);
    const third = net.attach(1, 'three', 'cccccccccc');
    // the bridge and two pods came before
    expect(third.link('eth0')!.addresses[0].address & 0xff).toBe(4);
    const [freed] = one.link('eth0')!.addresses;
    net.weavers[0].detach(one, 'aaaaaaaaaa');
    const fourth = net.attach(1, 'four', 'dddddddddd');
    expect(fourth.link('eth0')!.addresses[0].address).toBe(freed.address);
  });
});
