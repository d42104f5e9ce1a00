import type { RandomStream } from '../../../engine/random.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { type Ipv4Address, type Ipv4Prefix, prefixMask } from '../../wire/ipv4-address.ts';
import { Alarms } from '../alarms.ts';
import { formatPeerName, type PeerName } from '../peer-name.ts';
import { Acceptor } from './acceptor.ts';
import { ConnectionMaker } from './connection-maker.ts';
import type { GossipChannel, Gossiper } from './gossip.ts';
import { GossipChannels } from './gossip-channels.ts';
import { LocalPeer } from './local-peer.ts';
import type { MeshConnection } from './mesh-connection.ts';
import type { MeshOptions } from './mesh-options.ts';
import { drawUint64, type MeshProcess } from './mesh-process.ts';
import { MeshRoutes } from './mesh-routes.ts';
import type { Overlay } from './overlay.ts';
import { Peer } from './peer.ts';
import { PeerTable } from './peer-table.ts';
import { MESH_PORT } from './protocol.ts';
import { ReadyQueue } from './ready-queue.ts';
import { SHORT_ID_BITS } from './short-ids.ts';
import { TOPOLOGY_CHANNEL, TopologyGossiper } from './topology-gossiper.ts';

const CONNECTION_LIMIT = 200;

/**
 * One process's part in the mesh (mesh `Router`): connections to other peers over TCP, what is known of them, where to
 * send. Channels are to be opened before it is started. A process that starts anew is a new router of the same name.
 */
export class MeshRouter implements MeshProcess {
  readonly namespace: NetworkNamespace;
  readonly overlay: Overlay;
  readonly port: number;
  readonly password: string | null;
  readonly connectionLimit: number;
  readonly discovery: boolean;
  readonly trustedSubnets: readonly Ipv4Prefix[];
  readonly alarms: Alarms;
  readonly ready = new ReadyQueue();
  readonly local: LocalPeer;
  readonly peers: PeerTable;
  readonly routes: MeshRoutes;
  readonly channels: GossipChannels;
  readonly connectionMaker: ConnectionMaker;
  /** Messages to neighbours, behind the handshakes, and their bytes. */
  messagesSent = 0;
  bytesSent = 0;
  private readonly name: PeerName;
  private readonly owner: string;
  private readonly sink: ((line: string) => void) | null;
  private readonly removalListeners: ((peer: Peer) => void)[] = [];
  private acceptor: Acceptor | null = null;

  constructor(options: MeshOptions) {
    const { namespace, name, nickname, overlay } = options;
    this.namespace = namespace;
    this.overlay = overlay;
    this.name = name;
    this.port = options.port ?? MESH_PORT;
    this.password = options.password ?? null;
    this.connectionLimit = options.connectionLimit ?? CONNECTION_LIMIT;
    this.discovery = options.discovery ?? true;
    this.trustedSubnets = options.trustedSubnets ?? [];
    this.owner = options.owner ?? '';
    this.sink = options.log ?? null;
    this.alarms = new Alarms(namespace.network.simulation);
    const peer = this.drawPeer(nickname);
    this.peers = new PeerTable(peer, this.peerTableListener(), this.random('weave_short_id'));
    this.routes = new MeshRoutes(this.peers, this.alarms, this.ready, this.random('weave_gossip'));
    this.routes.onChange(() => overlay.invalidateRoutes());
    this.channels = this.makeChannels();
    const gossiper = new TopologyGossiper(this.peers, this.alarms, () => this.topologyChanged());
    this.local = new LocalPeer(peer, this, this.channels.open(TOPOLOGY_CHANNEL, gossiper));
    this.connectionMaker = new ConnectionMaker(this, this.owner);
  }

  // --- what the process that it is a part of calls

  /** Listens, and connects. @throws ControlError when the port is taken */
  start(): void {
    const { namespace, port, owner, alarms } = this;
    this.acceptor = new Acceptor(namespace, port, owner, alarms, (tcp) => {
      this.connectionMaker.accepted(tcp);
    });
    this.local.start();
  }

  /** The process dies: its connections are reset, and nothing more is heard of it. */
  stop(): void {
    this.acceptor?.close();
    this.connectionMaker.close();
    this.alarms.cancelAll();
  }

  /** Opens a channel for a gossiper. */
  channel(name: string, gossiper: Gossiper): GossipChannel {
    return this.channels.open(name, gossiper);
  }

  /** See `ConnectionMaker.connect`. */
  connect(peers: readonly string[], replace = false): string[] {
    return this.connectionMaker.connect(peers, replace);
  }

  forget(peers: readonly string[]): void {
    this.connectionMaker.forget(peers);
  }

  /** The connection to a neighbour. */
  connectionTo(name: PeerName): MeshConnection | undefined {
    return this.local.connections.get(name);
  }

  /** Calls `listener` with every peer that is forgotten because it can't be reached. */
  onPeerRemoved(listener: (peer: Peer) => void): void {
    this.removalListeners.push(listener);
  }

  // --- what its parts call

  random(purpose: string): RandomStream {
    return this.namespace.network.random.stream(purpose, formatPeerName(this.name));
  }

  trusts(address: Ipv4Address): boolean {
    return this.trustedSubnets.some((subnet) => {
      return ((address ^ subnet.address) & prefixMask(subnet.length)) === 0;
    });
  }

  log(line: string): void {
    this.sink?.(line);
  }

  noteSent(bytes: number): void {
    this.messagesSent++;
    this.bytesSent += bytes;
  }

  private drawPeer(nickname: string): Peer {
    const random = this.random('weave_uid');
    const shortId = random.integer(0, 2 ** SHORT_ID_BITS - 1);
    return new Peer(this.name, nickname, drawUint64(random), shortId);
  }

  private makeChannels(): GossipChannels {
    const { name, routes, alarms } = this;
    return new GossipChannels({
      name,
      routes,
      get now() {
        return alarms.now;
      },
      connectionTo: (neighbour) => this.connectionTo(neighbour),
      log: (line) => this.log(line),
    });
  }

  private peerTableListener() {
    return {
      peerRemoved: (peer: Peer) => {
        this.log(`Removed unreachable peer ${peer}`);
        for (const listener of this.removalListeners) listener(peer);
      },
      shortIdsChanged: () => this.overlay.invalidateShortIds(),
      localPeerChanged: () => this.local.changed(),
    };
  }

  private topologyChanged(): void {
    this.connectionMaker.peersChanged();
    this.routes.recalculate();
  }
}
