import type { Alarm, Alarms } from '../alarms.ts';
import type { PeerName } from '../peer-name.ts';
import type { Content } from './content.ts';
import { type GossipData, GossipError, type Gossiper } from './gossip.ts';
import type { PeerReport } from './peer-report.ts';
import type { PeerTable } from './peer-table.ts';
import { decodePeers } from './topology-codec.ts';
import { TopologyData } from './topology-data.ts';

export const TOPOLOGY_CHANNEL = 'topology';

/** From an update to looking for peers that can't be reached any more (mesh `gcInterval`). */
const COLLECTION_DELAY = 1e9;

/** Who is there and who is connected to whom (mesh `Router` as a `Gossiper`). */
export class TopologyGossiper implements Gossiper {
  private collection: Alarm | null = null;

  /** @param changed called when there was something new */
  constructor(
    private readonly peers: PeerTable,
    private readonly alarms: Alarms,
    private readonly changed: () => void,
  ) {}

  onGossipUnicast(_source: PeerName, message: Content): void {
    throw new GossipError(`unexpected topology gossip unicast: [${[...message.bytes()].join(' ')}]`);
  }

  onGossipBroadcast(_source: PeerName, update: Content): GossipData | null {
    const reports = decodePeers(update);
    this.apply(reports);
    const names = new Set(reports.map(({ name }) => name));
    return names.size === 0 ? null : new TopologyData(this.peers, names);
  }

  gossip(): GossipData {
    return new TopologyData(this.peers, new Set(this.peers.all().map(({ name }) => name)));
  }

  onGossip(update: Content): GossipData | null {
    const news = this.apply(decodePeers(update));
    return news.size === 0 ? null : new TopologyData(this.peers, news);
  }

  private apply(reports: readonly PeerReport[]): Set<PeerName> {
    const news = this.peers.apply(reports);
    this.collection ??= this.alarms.after(COLLECTION_DELAY, () => {
      this.collection = null;
      this.peers.collectGarbage();
    });
    if (news.size > 0) this.changed();
    return news;
  }
}
