import { formatPeerName, type PeerName } from '../peer-name.ts';
import type { Content } from './content.ts';
import type { GossipChannel, GossipData, Gossiper } from './gossip.ts';
import { GossipMessage } from './gossip-codec.ts';
import type { GossipSenders } from './gossip-sender.ts';
import type { MeshRoutes } from './mesh-routes.ts';
import { ProtocolTag } from './protocol.ts';
import { SurrogateGossiper } from './surrogate-gossiper.ts';

/** A connection that can be told something. */
export interface GossipConnection {
  readonly senders: GossipSenders;
  /** @returns false when it has ended */
  sendMessage(tag: number, content: Content): boolean;
}

/** What a channel needs of the router that it belongs to. */
export interface GossipContext {
  readonly name: PeerName;
  readonly routes: MeshRoutes;
  readonly now: number;
  connectionTo(name: PeerName): GossipConnection | undefined;
  log(line: string): void;
}

/** One conversation between peers (mesh `gossipChannel`). */
export class MeshChannel implements GossipChannel {
  constructor(
    readonly name: string,
    readonly gossiper: Gossiper,
    private readonly context: GossipContext,
  ) {}

  // --- what its gossiper calls

  unicast(destination: PeerName, message: Content): boolean {
    const whole = new GossipMessage(this.name, this.context.name, destination, message);
    return this.relayUnicast(destination, whole) === null;
  }

  broadcast(data: GossipData): void {
    this.relayBroadcast(this.context.name, data);
  }

  neighbourSubset(data: GossipData): void {
    this.relay(this.context.name, data);
  }

  /** Down one connection. */
  sendDown(connection: GossipConnection, data: GossipData): void {
    connection.senders.send(this.name, data);
  }

  // --- what comes in

  /**
   * @throws GossipError when the gossiper does
   * @returns whether something waits for the routes to be calculated, and so its receiver does
   */
  deliver(tag: number, message: GossipMessage): boolean {
    switch (tag) {
      case ProtocolTag.gossipUnicast:
        this.deliverUnicast(message);
        return false;
      case ProtocolTag.gossipBroadcast:
        return this.deliverBroadcast(message);
      default:
        return this.deliverGossip(message);
    }
  }

  private deliverUnicast(message: GossipMessage): void {
    const destination = message.destination!;
    if (destination === this.context.name) {
      this.gossiper.onGossipUnicast(message.source, message.payload);
      return;
    }
    const error = this.relayUnicast(destination, message);
    if (error !== null) this.context.log(`[gossip ${this.name}]: ${error}`);
  }

  private deliverBroadcast({ source, payload }: GossipMessage): boolean {
    const data = this.gossiper.onGossipBroadcast(source, payload);
    return data !== null && this.relayBroadcast(source, data);
  }

  private deliverGossip({ source, payload }: GossipMessage): boolean {
    const news = this.gossiper.onGossip(payload);
    return news !== null && this.relay(source, news);
  }

  /** @returns an error text, or null */
  private relayUnicast(destination: PeerName, message: GossipMessage): string | null {
    const { routes } = this.context;
    const hop = routes.unicastAll(destination);
    if (hop === undefined) return `unknown relay destination: ${formatPeerName(destination)}`;
    const connection = this.context.connectionTo(hop);
    if (connection === undefined) return `unable to find connection to relay peer ${formatPeerName(hop)}`;
    return connection.sendMessage(ProtocolTag.gossipUnicast, message) ? null : 'connection has ended';
  }

  private relayBroadcast(source: PeerName, data: GossipData): boolean {
    return this.whenRouted((routes) => {
      for (const hop of routes.broadcastAll(source)) {
        this.context.connectionTo(hop)?.senders.broadcast(this.name, source, data);
      }
    });
  }

  private relay(source: PeerName, data: GossipData): boolean {
    return this.whenRouted((routes) => {
      for (const hop of routes.randomNeighbours(source)) {
        this.context.connectionTo(hop)?.senders.send(this.name, data);
      }
    });
  }

  /** @returns whether it had to be put off */
  private whenRouted(action: (routes: MeshRoutes) => void): boolean {
    const { routes } = this.context;
    const { pending } = routes;
    routes.afterRecalculation(() => action(routes));
    return pending;
  }
}

/** The channels of a router, in the order in which they were opened. */
export class GossipChannels {
  private readonly channels = new Map<string, MeshChannel>();

  constructor(private readonly context: GossipContext) {}

  open(name: string, gossiper: Gossiper): MeshChannel {
    const channel = new MeshChannel(name, gossiper, this.context);
    this.channels.set(name, channel);
    return channel;
  }

  /** One that nobody here has opened is passed on for others. */
  get(name: string): MeshChannel {
    const channel = this.channels.get(name);
    if (channel !== undefined) return channel;
    this.context.log(`[gossip ${name}]: created surrogate channel`);
    return this.open(name, new SurrogateGossiper(() => this.context.now));
  }

  /** Everything that is known, down a new connection. */
  sendAllDown(connection: GossipConnection): void {
    for (const channel of this.channels.values()) {
      const data = channel.gossiper.gossip();
      if (data !== null) channel.sendDown(connection, data);
    }
  }

  /** Everything that is known, to some neighbours. */
  sendAll(): void {
    for (const channel of this.channels.values()) {
      const data = channel.gossiper.gossip();
      if (data !== null) channel.neighbourSubset(data);
    }
  }
}
