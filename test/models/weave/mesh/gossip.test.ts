import { describe, expect, it } from 'vitest';
import { BytesContent, type Content } from '../../../../models/weave/mesh/content.ts';
import { GossipMessage } from '../../../../models/weave/mesh/gossip-codec.ts';
import { GossipSenders } from '../../../../models/weave/mesh/gossip-sender.ts';
import { ProtocolTag } from '../../../../models/weave/mesh/protocol.ts';
import { SurrogateGossiper } from '../../../../models/weave/mesh/surrogate-gossiper.ts';
import { FIRST_NAME, MeshNetwork, said, text, WordGossiper, Words } from '../../../support/mesh.ts';

/** Nodes of which each connects to the one before; with a channel of words. */
function chainOf(count: number, silent: readonly number[] = []) {
  const mesh = new MeshNetwork();
  const nodes = Array.from({ length: count }, () => mesh.add({ discovery: false }));
  const gossipers = nodes.map(() => new WordGossiper());
  const channels = nodes.map(({ router }, i) => {
    return silent.includes(i) ? null : router.channel('words', gossipers[i]);
  });
  for (const [i, { router }] of nodes.entries()) {
    router.start();
    if (i > 0) router.connect([nodes[i - 1].address]);
  }
  mesh.run(10);
  return { mesh, nodes, gossipers, channels };
}

describe('a unicast', () => {
  it('goes from hop to hop to its destination alone', () => {
    const { mesh, gossipers, channels } = chainOf(4);
    expect(channels[0]!.unicast(FIRST_NAME + 3, text('hello'))).toBe(true);
    mesh.run(1);
    expect(gossipers.map(({ heard }) => heard.length)).toEqual([0, 0, 0, 1]);
    expect(gossipers[3].heard[0]).toEqual({ source: FIRST_NAME, text: 'hello', kind: 'unicast' });
  });

  it('to nobody is refused', () => {
    const { channels } = chainOf(2);
    expect(channels[0]!.unicast(FIRST_NAME + 7, text('hello'))).toBe(false);
  });

  it('that has come to a dead end is lost, with a word', () => {
    const { mesh, nodes } = chainOf(2);
    const [connection] = nodes[0].router.local.connections.values();
    const message = new GossipMessage('words', FIRST_NAME, FIRST_NAME + 9, text('hello'));
    connection.sendMessage(ProtocolTag.gossipUnicast, message);
    mesh.run(1);
    const error = 'unknown relay destination: 02:00:00:00:00:0a';
    expect(said(nodes[1], /gossip/)).toEqual([`[gossip words]: ${error}`]);
  });
});

describe('a broadcast', () => {
  it('comes to everyone else once', () => {
    const { mesh, gossipers, channels } = chainOf(5);
    channels[2]!.broadcast(new Words(['news']));
    mesh.run(1);
    expect(gossipers.map(({ heard }) => heard.length)).toEqual([1, 1, 0, 1, 1]);
    expect(gossipers[4].heard[0]).toEqual({ source: FIRST_NAME + 2, text: 'news', kind: 'broadcast' });
  });

  it('is passed on by who has no part in the conversation', () => {
    const { mesh, nodes, gossipers, channels } = chainOf(3, [1]);
    channels[0]!.broadcast(new Words(['news']));
    mesh.run(1);
    expect(gossipers[2].heard.map(({ text }) => text)).toEqual(['news']);
    expect(said(nodes[1], /surrogate/)).toEqual(['[gossip words]: created surrogate channel']);
  });
});

describe('gossip among neighbours', () => {
  it('spreads as long as it is new to somebody', () => {
    const { mesh, gossipers, channels } = chainOf(5);
    channels[0]!.neighbourSubset(new Words(['rumour']));
    mesh.run(2);
    const first = gossipers.map(({ heard }) => heard.filter(({ kind }) => kind === 'gossip').length);
    expect(first.slice(1).every((times) => times >= 1)).toBe(true);
    mesh.run(60);
    const later = gossipers.map(({ heard }) => heard.filter(({ kind }) => kind === 'gossip').length);
    expect(later).toEqual(first);
  });
});

describe('what waits to be sent', () => {
  it('becomes one message; a broadcast stays with its origin', () => {
    const sent: [number, Content][] = [];
    let congested = true;
    const senders = new GossipSenders(1, () => deliver());
    const deliver = () => {
      senders.deliver(
        (tag, content) => {
          sent.push([tag, content]);
          return true;
        },
        () => congested,
      );
    };
    senders.broadcast('words', 7, new Words(['x']));
    senders.send('words', new Words(['a']));
    senders.send('words', new Words(['b']));
    senders.broadcast('words', 8, new Words(['y']));
    senders.broadcast('words', 7, new Words(['z']));
    expect(sent).toEqual([]);
    congested = false;
    deliver();
    expect(sent).toEqual([
      [ProtocolTag.gossip, new GossipMessage('words', 1, null, text('a b'))],
      [ProtocolTag.gossipBroadcast, new GossipMessage('words', 7, null, text('x z'))],
      [ProtocolTag.gossipBroadcast, new GossipMessage('words', 8, null, text('y'))],
    ]);
  });

  it('when routes are calculated makes one message', () => {
    const { mesh, nodes, gossipers, channels } = chainOf(2);
    nodes[0].router.routes.recalculate();
    for (const word of ['a', 'b', 'c']) channels[0]!.broadcast(new Words([word]));
    mesh.run(1);
    expect(gossipers[1].heard.map((heard) => heard.text)).toEqual(['a b c']);
  });

  it('waits while TCP takes no more, and all of it arrives', () => {
    const { mesh, nodes, gossipers, channels } = chainOf(2);
    mesh.plug(nodes[1], false);
    const long = 'x'.repeat(200_000);
    for (let i = 0; i < 40; i++) {
      channels[0]!.broadcast(new Words([`${i}${long}`]));
      mesh.run(0.05);
    }
    mesh.plug(nodes[1], true);
    mesh.run(20);
    const words = gossipers[1].heard.flatMap(({ text }) => text.split(' '));
    expect(words.map((word) => Number(word.replace(/x+/, '')))).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    // some were merged on the way
    expect(gossipers[1].heard.length).toBeLessThan(40);
  });
});

describe('a surrogate', () => {
  it('passes gossip on once, until it has forgotten it', () => {
    let now = 0;
    const surrogate = new SurrogateGossiper(() => now);
    const one = (word: number) => new BytesContent(Uint8Array.of(word));
    const messages = (word: number) => surrogate.onGossip(one(word))?.encode() ?? null;
    expect(messages(1)).toEqual([one(1)]);
    expect(messages(1)).toBeNull();
    expect(messages(2)).toEqual([one(2)]);
    now = 31e9;
    expect(messages(3)).toEqual([one(3)]);
    expect(messages(1)).toEqual([one(1)]);
    const both = surrogate.onGossipBroadcast(1, one(4));
    expect(both.merge(surrogate.onGossipBroadcast(1, one(5))).encode()).toHaveLength(2);
  });
});
