import type { PeerName } from '../peer-name.ts';
import type { Content } from './content.ts';

/** What is to be told to others. It waits to be sent, and merges with what comes meanwhile (mesh `GossipData`). */
export interface GossipData {
  /** The messages that it makes. */
  encode(): Content[];
  /** This and `other` as one; both may be changed by it. */
  merge(other: GossipData): GossipData;
}

/** Something that has to say to its likes on other peers: topology, IP allocation (mesh `Gossiper`). */
export interface Gossiper {
  /** A message for this very peer. */
  onGossipUnicast(source: PeerName, message: Content): void;
  /**
   * A message that goes to everyone.
   * @returns what of it is to be passed on, or null for nothing
   */
  onGossipBroadcast(source: PeerName, update: Content): GossipData | null;
  /** All it knows, for a new neighbour and for every 30 seconds; null when it knows nothing yet. */
  gossip(): GossipData | null;
  /**
   * A neighbour tells what it knows.
   * @returns what of it was new, or null
   */
  onGossip(update: Content): GossipData | null;
}

/** By what a gossiper speaks (mesh `Gossip`). */
export interface GossipChannel {
  /** @returns whether there is a way to it */
  unicast(destination: PeerName, message: Content): boolean;
  broadcast(data: GossipData): void;
  /** To a random subset of the neighbours, which pass on what is new to them. */
  neighbourSubset(data: GossipData): void;
}

/**
 * Thrown by a gossiper that can't agree with what a neighbour says. The connection it came by is ended, and its
 * message becomes the error that `weave status connections` shows.
 */
export class GossipError extends Error {}
