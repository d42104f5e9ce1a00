import { describe, expect, it } from 'vitest';
import { BytesContent } from '../../../../models/weave/mesh/content.ts';
import { decodeGossip, GossipMessage } from '../../../../models/weave/mesh/gossip-codec.ts';
import { FramedMessage, Message } from '../../../../models/weave/mesh/message.ts';
import type { PeerReport } from '../../../../models/weave/mesh/peer-report.ts';
import { ProtocolTag } from '../../../../models/weave/mesh/protocol.ts';
import { decodePeers, TopologyUpdate } from '../../../../models/weave/mesh/topology-codec.ts';

/** Peers that are all connected to each other. */
function reportsOf(count: number): PeerReport[] {
  const names = Array.from({ length: count }, (_, i) => 0x02_00_00_00_00_01 + i);
  return names.map((name, i) => {
    const others = names.filter((other) => other !== name);
    const connections = new Map(
      others.map((remote, j) => {
        return [remote, { remote, address: `10.0.0.${j}:6783`, outbound: i < j, established: j % 3 > 0 }];
      }),
    );
    const uid = 0x1234_5678_9abc_def0n + BigInt(i);
    return {
      name,
      nickname: `node${i}`,
      uid,
      version: BigInt(i * i),
      shortId: i,
      hasShortId: i % 5 > 0,
      connections,
    };
  });
}

function read(reports: readonly PeerReport[]): PeerReport[] {
  return reports.map(({ name, nickname, uid, version, shortId, hasShortId, connections }) => {
    return { name, nickname, uid, version, shortId, hasShortId, connections };
  });
}

describe.each([0, 1, 2, 30])('an update about %i peers', (count) => {
  const reports = reportsOf(count);
  const update = new TopologyUpdate(reports);
  const gossip = new GossipMessage('topology', 7, null, update);
  const message = new Message(ProtocolTag.gossip, gossip);

  it('is as long as its bytes, in every envelope', () => {
    const framed = new FramedMessage(message);
    const bytes = new Uint8Array(framed.length);
    framed.writeTo(bytes, 0, 0, bytes.length);
    expect(bytes.subarray(4)).toEqual(message.bytes());
    expect(new DataView(bytes.buffer).getUint32(0)).toBe(message.length);
    expect(message.bytes().subarray(1)).toEqual(gossip.bytes());
    expect(update.bytes()).toHaveLength(update.length);
  });

  it('says the same by its bytes as by itself', () => {
    const received = Message.of(new BytesContent(message.bytes()));
    const { channel, source, payload } = decodeGossip(received.tag, received.content);
    expect([received.tag, channel, source]).toEqual([ProtocolTag.gossip, 'topology', 7]);
    expect(read(decodePeers(payload))).toEqual(reports);
    expect(decodePeers(update)).toBe(reports);
  });
});
