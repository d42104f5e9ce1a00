import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeFeatures } from '../../../../models/weave/mesh/feature-codec.ts';
import { GossipMessage } from '../../../../models/weave/mesh/gossip-codec.ts';
import { Peer } from '../../../../models/weave/mesh/peer.ts';
import { reportOf } from '../../../../models/weave/mesh/peer-report.ts';
import { TopologyUpdate } from '../../../../models/weave/mesh/topology-codec.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { MeshNetwork } from '../../../support/mesh.ts';
import { SECOND } from '../../../support/networks.ts';
import { capturedBytes, flowsOf, type SegmentData, segmentOf } from '../../../support/tcp-payloads.ts';

const GOLDEN = new URL('../../../golden/weave/', import.meta.url);
/** Length in front, and the tag of a message. */
const PREFIX = 4;
const TAG = 1;

function recorded(name: string): Map<string, SegmentData[]> {
  return flowsOf(capturedBytes(readFileSync(new URL(`${name}/underlay-peer1-start.pcap`, GOLDEN))));
}

/** What the real routers of `two-plain` were called (state/peer1-report.json). */
const ONE = { name: 0x02_00_00_00_00_01, uid: 17988301863248472989n, shortId: 3340 };
const TWO = { name: 0x02_00_00_00_00_02, uid: 17009650635086447859n, shortId: 3455 };
const FROM_ONE = '192.168.77.11:6783>192.168.77.12:50405';
const FROM_TWO = '192.168.77.12:50405>192.168.77.11:6783';

function peer({ name, uid, shortId }: typeof ONE): Peer {
  return new Peer(name, `node-${name & 0xf}`, uid, shortId);
}

describe('messages of a real router', () => {
  const flows = recorded('two-plain');

  it('introduce it in as many bytes', () => {
    const features = new Map([
      ['PeerNameFlavour', 'mac'],
      ['Name', '02:00:00:00:00:01'],
      ['NickName', 'node-1'],
      ['ShortID', '3340'],
      ['UID', '17988301863248472989'],
      ['ConnID', '4725839080701300987'],
      ['Trusted', 'false'],
      ['Overlays', 'sleeve'],
    ]);
    const message = flows.get(FROM_ONE)![2];
    expect(PREFIX + encodeFeatures(features).length).toBe(message.length);
    expect([...message.bytes.subarray(0, PREFIX)]).toEqual([0, 0, 0, message.length - PREFIX]);
  });

  it('tell of two peers in as many bytes, beginning with the same', () => {
    const [one, two] = [peer(ONE), peer(TWO)];
    two.version = 1n;
    const connection = {
      remote: one.name,
      address: '192.168.77.11:6783',
      outbound: true,
      established: false,
    };
    two.connections = new Map([[one.name, connection]]);
    const message = flows.get(FROM_TWO)![3];
    const update = new TopologyUpdate([one, two].map(reportOf));
    const ours = new GossipMessage('topology', two.name, null, update).bytes();
    expect(PREFIX + TAG + ours.length).toBe(message.length);
    // up to the type ids, which a process gives as it goes along
    const common = message.bytes.subarray(PREFIX + TAG, PREFIX + TAG + 32);
    expect([...ours.subarray(0, common.length)]).toEqual([...common]);
  });
});

/** What each side sends of the first `count` messages. */
function exchange(flows: Map<string, SegmentData[]>, opener: string, count: number): number[][] {
  const back = opener.split('>').reverse().join('>');
  return [opener, back].map((flow) =>
    flows
      .get(flow)!
      .slice(0, count)
      .map(({ length }) => length),
  );
}

/** Our two nodes with the addresses of a recording; the second one connects. */
function joined(subnet: string, before: number, password: string | null) {
  const mesh = new MeshNetwork(1, subnet, before);
  const [a, b] = [0, 1].map(() => mesh.add({ established: 0.5 * SECOND, password }));
  const log = new FrameLog([a.host, 'eth0']);
  for (const { router } of [a, b]) router.start();
  b.router.connect([a.address]);
  mesh.run(5);
  const flows = flowsOf(log.frames.map(({ bytes }) => bytes));
  const opener = [...flows.keys()].find((flow) => flow.startsWith(`${b.address}:`))!;
  return { flows, opener, log };
}

/** Decimal digits of random numbers. */
const DIGITS = 5;

function expectLike(ours: number[], theirs: number[]): void {
  expect(ours).toHaveLength(theirs.length);
  ours.forEach((length, i) => {
    expect(Math.abs(length - theirs[i])).toBeLessThanOrEqual(i < 2 ? 0 : DIGITS);
  });
}

describe('a handshake', () => {
  it('goes in the same steps as that of real routers: header, flag, features, topology', () => {
    const theirs = exchange(recorded('two-plain'), FROM_TWO, 4);
    const { flows, opener } = joined('192.168.77', 10, null);
    const ours = exchange(flows, opener, 4);
    expectLike(ours[0], theirs[0]);
    expectLike(ours[1], theirs[1]);
  });

  it('with a password: header, key, sealed features', () => {
    const theirs = exchange(recorded('three-encrypted'), '192.168.78.21:51377>192.168.78.23:6783', 3);
    const { flows, opener } = joined('192.168.78', 20, 'secret');
    const ours = exchange(flows, opener, 3);
    // `alpha` is shorter than `node-1`, and so are some names' digits
    expectLike(ours[0], theirs[0]);
    expectLike(ours[1], theirs[1]);
  });

  it('is told of 1 s later by both, as far as the routes are not being calculated', () => {
    const { flows, opener, log } = joined('192.168.77', 10, null);
    const back = opener.split('>').reverse().join('>');
    for (const [flow, theirs] of [
      [opener, 389],
      [back, 391],
    ] as const) {
      const update = flows.get(flow)!.at(-1)!;
      expect(Math.abs(update.length - theirs)).toBeLessThanOrEqual(DIGITS);
      const frame = log.frames.find(({ bytes }) => segmentOf(bytes)?.length === update.length)!;
      expect(frame.time).toBeGreaterThan(1 * SECOND);
      expect(frame.time).toBeLessThan(1.11 * SECOND);
    }
  });
});
