import { describe, expect, it } from 'vitest';
import { WeaverNet } from '../../support/weaver-net.ts';
import {
  comparableReport,
  maskText,
  recordedReport,
  recordedTimeline,
  recordedViews,
  sortedBlocks,
} from './recorded-peers.ts';

const VIEWS = ['connections', 'peers', 'targets', 'ipam'];

function expectViews(net: WeaverNet, name: string, peer: number, views: readonly string[] = VIEWS): void {
  const recorded = recordedViews(name, peer);
  const summary = maskText(net.print(peer, 'weave status'));
  expect(summary).toBe(`\n${maskText(recorded.get('')!)}\n`);
  for (const view of views) {
    const printed = sortedBlocks(maskText(net.print(peer, `weave status ${view}`)));
    expect(printed).toEqual(sortedBlocks(maskText(recorded.get(view)!)));
  }
}

/** One after the other, as the network of the recording grew. */
function twoPlain(): WeaverNet {
  const net = new WeaverNet('192.168.77.11');
  net.addPeer({ init: { kind: 'consensus', peers: 0 } });
  net.advance(1);
  net.print(1, 'weave expose');
  for (const pod of ['a1', 'a2']) net.attach(1, pod, pod.repeat(6));
  net.addPeer({ targets: ['192.168.77.11'] });
  net.advance(2);
  net.start(2, 'weave expose');
  net.advance(1);
  for (const pod of ['b1', 'b2']) net.attach(2, pod, pod.repeat(6));
  net.advance(12);
  const a3 = net.attach(1, 'a3', 'a3'.repeat(6));
  net.weavers[0].detach(a3, 'a3'.repeat(6));
  net.attach(1, 'a4', 'a4'.repeat(6));
  net.advance(10);
  return net;
}

describe('two routers, one after the other', () => {
  const net = twoPlain();

  it.each([1, 2])('peer %i: every view of weave status', (peer) => {
    expectViews(net, 'two-plain', peer);
  });

  it.each([1, 2])('peer %i: weave report', (peer) => {
    const recorded = comparableReport(recordedReport('two-plain', peer));
    expect(comparableReport(net.print(peer, 'weave report'))).toBe(recorded);
  });

  it('weave ps: the bridge, then the newest container first', () => {
    const lines = net.print(1, 'weave ps').trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/ (?!02:)([0-9a-f]{2}:){5}[0-9a-f]{2} /, ' MAC '))).toEqual([
      'weave:expose 02:00:00:00:00:01 10.32.0.1/12',
      'a4a4a4a4a4a4 MAC 10.32.0.4/12',
      'a2a2a2a2a2a2 MAC 10.32.0.3/12',
      'a1a1a1a1a1a1 MAC 10.32.0.2/12',
    ]);
    expect(net.print(1, 'weave ps a2a2a2 weave:expose').split('\n')[0]).toBe(lines[2]);
  });
});

describe('three routers with a password, all at once', () => {
  const net = new WeaverNet('192.168.78.21');
  const addresses = ['192.168.78.21', '192.168.78.22', '192.168.78.23'];
  ['alpha', 'beta', 'gamma'].forEach((nickname, i) => {
    net.addPeer({
      ...{ name: 0x7a000000000a + i, nickname, password: 'golden-secret' },
      init: { kind: 'consensus', peers: 3 },
      targets: addresses.filter((_, other) => other !== i),
    });
  });
  net.advance(12);
  for (const node of [1, 2, 3]) {
    net.start(node, 'weave expose');
    net.advance(2);
  }

  it.each([1, 2, 3])('peer %i: who has called whom aside, the views agree', (peer) => {
    const unnamed = (text: string) =>
      maskText(text)
        .replace(/(->|<-) /g, '')
        .replace(/:(PORT|6783) */g, ' ');
    const recorded = recordedViews('three-encrypted', peer);
    expect(net.print(peer, 'weave status')).toBe(`\n${maskText(recorded.get('')!)}\n`);
    for (const view of ['connections', 'peers', 'targets']) {
      const printed = sortedBlocks(unnamed(net.print(peer, `weave status ${view}`)));
      expect(printed).toEqual(sortedBlocks(unnamed(recorded.get(view)!)));
    }
  });
});

describe('three routers in a chain, without discovery', () => {
  const net = new WeaverNet('192.168.79.31');
  const names = [1, 2, 3].map((number) => 0x021100000000 + number);
  ['left', 'middle', 'right'].forEach((nickname, i) => {
    net.addPeer({
      ...{ name: names[i], nickname, discovery: false, init: { kind: 'seed', peers: names } },
      targets: i === 1 ? [] : ['192.168.79.32'],
    });
  });
  net.advance(4);
  ['11aa', '22aa', '33aa'].forEach((id, i) => {
    net.print(i + 1, 'weave expose');
    net.attach(i + 1, `x${i + 1}`, id.repeat(3));
  });

  it.each([1, 2, 3])('peer %i: every view of weave status', (peer) => {
    expectViews(net, 'three-chain', peer, ['connections', 'peers', 'targets']);
    // whose nickname has been heard of depends on when gossip came by
    const nameless = (text: string) => sortedBlocks(text.replace(/\(\w*\) +(?=\d)/g, '() '));
    const recorded = recordedViews('three-chain', peer).get('ipam')!;
    expect(nameless(net.print(peer, 'weave status ipam'))).toEqual(nameless(recorded));
  });
});

describe('two rings that were made without each other', () => {
  const net = new WeaverNet('192.168.94.11');
  for (const node of [1, 2]) {
    net.addPeer();
    net.advance(1);
    net.print(node, 'weave expose');
  }
  expect(net.print(1, 'weave connect 192.168.94.12')).toBe('');
  net.advance(12);

  it.each([1, 2])('peer %i: every view of weave status', (peer) => {
    expectViews(net, 'seed-conflict', peer);
  });

  it('weave report has the error', () => {
    expect(net.print(1, 'weave report')).toContain(
      '"Info": "IP allocation was seeded by different peers (received: [02:00:00:00:00:02(node-2)], ' +
        'ours: [02:00:00:00:00:01(node-1)]), retry: ',
    );
  });
});

describe('a link that is cut', () => {
  it('what is printed before, meanwhile and after is what real routers printed', () => {
    const net = new WeaverNet('192.168.93.11');
    net.addPeer({ init: { kind: 'consensus', peers: 2 }, targets: ['192.168.93.12'] });
    net.addPeer({ init: { kind: 'consensus', peers: 2 }, targets: ['192.168.93.11'] });
    net.advance(3);
    for (const [node, id] of [
      [1, 'a1'],
      [2, 'b1'],
    ] as const) {
      net.start(node, 'weave expose');
      net.advance(1);
      net.attach(node, id, id.repeat(6));
    }
    net.advance(61);
    // what peer 2 says of peer 1 holds the other way round: a try that is under way was seen at peer 2 alone
    const mirrored = recordedTimeline('peer2: ').map((line) => line.replaceAll('.93.11:', '.93.12:'));
    const seen = [...recordedTimeline('peer1: '), ...mirrored];
    const recorded = new Set(seen.map((line) => maskText(line).trimEnd()));
    const owners = new Set(recordedTimeline('peer1 ipam: '));
    const expectRecorded = () => {
      expect(recorded).toContain(maskText(net.print(1, 'weave status connections')).trimEnd());
      const lines = net.print(1, 'weave status ipam').trimEnd().split('\n');
      expect(owners).toContain(lines.map((line) => line.trimEnd()).join(' | '));
    };
    expectRecorded();
    net.lan.setMaster('node2', undefined);
    for (let sample = 0; sample < 15; sample++) {
      net.advance(10.3);
      expectRecorded();
    }
    expect(net.print(1, 'weave status ipam')).toContain('- unreachable!');
    net.lan.setMaster('node2', 'sw');
    net.advance(60);
    expectRecorded();
    expect(net.print(1, 'weave status ipam')).not.toContain('- unreachable!');
  });
});
