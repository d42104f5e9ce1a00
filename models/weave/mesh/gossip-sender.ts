import type { PeerName } from '../peer-name.ts';
import type { Content } from './content.ts';
import type { GossipData } from './gossip.ts';
import { GossipMessage } from './gossip-codec.ts';
import { ProtocolTag } from './protocol.ts';

/** Sends a message down a connection; false when that has ended. */
export type SendMessage = (tag: number, content: Content) => boolean;

/**
 * What one channel has to say over one connection. It waits while the connection is busy, merged with what comes
 * meanwhile (mesh `gossipSender`).
 */
class GossipSender {
  gossip: GossipData | null = null;
  /** By origin. */
  readonly broadcasts = new Map<PeerName, GossipData>();

  constructor(
    private readonly channel: string,
    private readonly ourself: PeerName,
  ) {}

  /** Sends the most important piece; false when there is nothing. */
  deliver(send: SendMessage): boolean {
    const { gossip, channel, ourself } = this;
    if (gossip !== null) {
      this.gossip = null;
      for (const content of gossip.encode()) {
        const message = new GossipMessage(channel, ourself, null, content);
        if (!send(ProtocolTag.gossip, message)) return false;
      }
      return true;
    }
    for (const [origin, data] of this.broadcasts) {
      this.broadcasts.delete(origin);
      for (const content of data.encode()) {
        const message = new GossipMessage(channel, origin, null, content);
        if (!send(ProtocolTag.gossipBroadcast, message)) return false;
      }
      return true;
    }
    return false;
  }
}

/** What all channels have to say over one connection. */
export class GossipSenders {
  private readonly senders = new Map<string, GossipSender>();

  /** @param prod called when there is something to deliver */
  constructor(
    private readonly ourself: PeerName,
    private readonly prod: () => void,
  ) {}

  /** For this neighbour alone. */
  send(channel: string, data: GossipData): void {
    const sender = this.senderOf(channel);
    sender.gossip = sender.gossip === null ? data : sender.gossip.merge(data);
    this.prod();
  }

  /** On its way from `origin` to everyone. */
  broadcast(channel: string, origin: PeerName, data: GossipData): void {
    const { broadcasts } = this.senderOf(channel);
    const waiting = broadcasts.get(origin);
    broadcasts.set(origin, waiting === undefined ? data : waiting.merge(data));
    this.prod();
  }

  /** Sends what waits for as long as the connection takes more. */
  deliver(send: SendMessage, congested: () => boolean): void {
    for (const sender of this.senders.values()) {
      while (!congested() && sender.deliver(send));
    }
  }

  private senderOf(channel: string): GossipSender {
    let sender = this.senders.get(channel);
    if (sender === undefined) {
      sender = new GossipSender(channel, this.ourself);
      this.senders.set(channel, sender);
    }
    return sender;
  }
}
