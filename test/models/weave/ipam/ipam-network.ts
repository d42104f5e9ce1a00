import { Simulation } from '../../../../engine/simulation.ts';
import { WheelQueue } from '../../../../engine/wheel-queue.ts';
import { Allocator, type PersistedIpam } from '../../../../models/weave/ipam/allocator.ts';
import type { IpamInit } from '../../../../models/weave/ipam/ipam-init.ts';
import type { Content } from '../../../../models/weave/mesh/content.ts';
import { type GossipChannel, type GossipData, GossipError } from '../../../../models/weave/mesh/gossip.ts';
import type { PeerName } from '../../../../models/weave/peer-name.ts';
import { type Ipv4Prefix, parsePrefix } from '../../../../models/wire/ipv4-address.ts';

export interface PeerOptions {
  name: PeerName;
  nickname?: string;
  init?: IpamInit;
  quorum?: number;
  persisted?: PersistedIpam | null;
  preClaims?: { id: string; prefix: Ipv4Prefix }[];
}

/** A message on its way. */
interface Message {
  readonly from: PeerName;
  readonly to: PeerName;
  readonly kind: 'unicast' | 'broadcast' | 'gossip';
  readonly content: Content;
}

/**
 * Allocators and what lies between them: messages wait until they are delivered, those from one peer to
 * another in their order, the others as the test says. Peers hear of each other by whatever way there is.
 */
export class IpamNetwork {
  readonly simulation = new Simulation(new WheelQueue());
  readonly peers = new Map<PeerName, Allocator>();
  /** Why connections have ended: the errors of both ends. */
  readonly errors: string[] = [];
  readonly universe: Ipv4Prefix;
  /** All that was ever sent: who to whom, and how long it was. */
  readonly sent: string[] = [];
  /** Peers that each one knows by its own connections. */
  private readonly connections = new Map<PeerName, Set<PeerName>>();
  private readonly messages: Message[] = [];
  private readonly draw: () => number;
  private uids = 0n;

  /** @param draw by which donors are chosen */
  constructor(universe: string, draw: () => number = () => 0.5) {
    this.universe = parsePrefix(universe)!;
    this.draw = draw;
  }

  /** Starts a peer, or starts one again, without connections. */
  add({ name, nickname, init, quorum, persisted, preClaims }: PeerOptions): Allocator {
    const allocator = new Allocator({
      simulation: this.simulation,
      peer: { name, nickname: nickname ?? `node-${name % 256}`, uid: ++this.uids },
      universe: this.universe,
      init: init ?? { kind: 'consensus', peers: 0 },
      quorum: () => quorum ?? 1,
      isKnownPeer: (other) => this.reachable(name).has(other),
      random: { uniform: this.draw },
      persisted: persisted ?? null,
      preClaims: preClaims ?? [],
    });
    this.peers.set(name, allocator);
    this.connections.set(name, new Set());
    allocator.start(this.channel(name));
    return allocator;
  }

  /** The process of a peer is killed. @returns what is left on its disk */
  kill(name: PeerName): PersistedIpam | null {
    const allocator = this.peers.get(name)!;
    allocator.stop();
    for (const other of [...this.connections.get(name)!]) this.cut(name, other);
    this.peers.delete(name);
    this.connections.delete(name);
    return allocator.persisted();
  }

  /** The two connect, and tell each other what they know. */
  connect(a: PeerName, b: PeerName): void {
    if (a === b || this.connections.get(a)!.has(b)) return;
    this.connections.get(a)!.add(b);
    this.connections.get(b)!.add(a);
    this.gossipTo(a, b);
    this.gossipTo(b, a);
  }

  connectAll(): void {
    const names = [...this.peers.keys()];
    for (const a of names) for (const b of names) if (a < b) this.connect(a, b);
  }

  /** What is on its way between the two is lost. */
  cut(a: PeerName, b: PeerName): void {
    this.connections.get(a)!.delete(b);
    this.connections.get(b)!.delete(a);
    this.loseMessages();
  }

  /** As every 30 s: all tell their neighbours all they know. */
  gossip(): void {
    for (const [name, neighbours] of this.connections) {
      for (const neighbour of neighbours) this.gossipTo(name, neighbour);
    }
  }

  get waiting(): number {
    return this.messages.length;
  }

  /** Delivers a message: the first one from some peer to another; `choice` says between which. */
  deliver(choice = 0): void {
    const first = this.messages.filter(
      ({ from, to }, index) => this.messages.findIndex((m) => m.from === from && m.to === to) === index,
    );
    const message = first[choice % first.length]!;
    this.messages.splice(this.messages.indexOf(message), 1);
    try {
      this.receive(message);
    } catch (error) {
      if (!(error instanceof GossipError)) throw error;
      this.errors.push(error.message);
      this.cut(message.from, message.to);
    }
  }

  /** Delivers everything, in the order in which it was sent or that is chosen. */
  settle(choose: () => number = () => 0): void {
    for (let delivered = 0; this.waiting > 0; delivered++) {
      if (delivered > 10_000) throw new Error('the peers never stop talking');
      this.deliver(choose());
    }
  }

  /**
   * Lets time pass, with what is sent meanwhile: no more than a hundred messages in a second. Peers that all
   * look for addresses, where there are none but the first and the last, pass those from one to another
   * without an end.
   */
  pass(seconds: number): void {
    const until = this.simulation.now + seconds * 1e9;
    for (let at = this.simulation.now; at <= until; at += 1e9) {
      this.simulation.run({ until: at });
      for (let delivered = 0; delivered < 100 && this.waiting > 0; delivered++) this.deliver();
    }
  }

  /** Everybody that a peer has a way to, and the peer. */
  reachable(name: PeerName): Set<PeerName> {
    const found = new Set([name]);
    for (const peer of found) for (const other of this.connections.get(peer) ?? []) found.add(other);
    return found;
  }

  private receive({ from, to, kind, content }: Message): void {
    const allocator = this.peers.get(to)!;
    if (kind === 'unicast') allocator.onGossipUnicast(from, content);
    else if (kind === 'broadcast') allocator.onGossipBroadcast(from, content);
    else allocator.onGossip(content);
  }

  private gossipTo(from: PeerName, to: PeerName): void {
    this.send({ from, to, kind: 'gossip' }, this.peers.get(from)!.gossip());
  }

  private send(message: Omit<Message, 'content'>, data: GossipData): void {
    for (const content of data.encode()) this.post({ ...message, content });
  }

  private post(message: Message): void {
    const { from, to, kind, content } = message;
    this.messages.push(message);
    this.sent.push(`${kind} ${from % 256}>${to % 256} ${content.length}`);
  }

  private channel(from: PeerName): GossipChannel {
    return {
      unicast: (to, content) => {
        if (!this.reachable(from).has(to)) return false;
        this.post({ from, to, kind: 'unicast', content });
        return true;
      },
      broadcast: (data) => {
        for (const to of this.reachable(from))
          if (to !== from) this.send({ from, to, kind: 'broadcast' }, data);
      },
      neighbourSubset: () => {
        throw new Error('IPAM does not gossip that way');
      },
    };
  }

  private loseMessages(): void {
    const kept = this.messages.filter(({ from, to }) => this.reachable(from).has(to));
    this.messages.splice(0, this.messages.length, ...kept);
  }
}
