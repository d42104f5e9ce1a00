import type { PeerName } from '../peer-name.ts';
import type { GossipData } from './gossip.ts';
import type { Peer } from './peer.ts';
import type { PeerTable } from './peer-table.ts';
import { encodePeers } from './topology-codec.ts';

/** Which peers are to be told of; what is told is what is known when it is sent (mesh `topologyGossipData`). */
export class TopologyData implements GossipData {
  /** As it was told last, and what the table was then: it is told to several neighbours at a time. */
  private message: Uint8Array | null = null;
  private revision = 0;

  constructor(
    private readonly peers: PeerTable,
    private readonly names: ReadonlySet<PeerName>,
  ) {}

  encode(): Uint8Array[] {
    const { peers, names, message, revision } = this;
    if (message !== null && revision === peers.revision) return [message];
    const known: Peer[] = peers.all().filter(({ name }) => names.has(name));
    this.message = encodePeers(known);
    this.revision = peers.revision;
    return [this.message];
  }

  merge(other: GossipData): GossipData {
    const more = other instanceof TopologyData ? other.names : [];
    return new TopologyData(this.peers, new Set([...this.names, ...more]));
  }
}
