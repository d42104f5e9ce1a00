import type { PeerName } from '../peer-name.ts';
import type { GossipData } from './gossip.ts';
import { reportOf } from './peer-report.ts';
import type { PeerTable } from './peer-table.ts';
import { TopologyUpdate } from './topology-codec.ts';

/** Which peers are to be told of; what is told is what is known when it is sent (mesh `topologyGossipData`). */
export class TopologyData implements GossipData {
  constructor(
    private readonly peers: PeerTable,
    private readonly names: ReadonlySet<PeerName>,
  ) {}

  encode(): TopologyUpdate[] {
    const known = this.peers.all().filter(({ name }) => this.names.has(name));
    return [new TopologyUpdate(known.map(reportOf))];
  }

  merge(other: GossipData): GossipData {
    const more = other instanceof TopologyData ? other.names : [];
    return new TopologyData(this.peers, new Set([...this.names, ...more]));
  }
}
