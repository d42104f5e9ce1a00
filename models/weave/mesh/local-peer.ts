import type { Alarm } from '../alarms.ts';
import type { PeerName } from '../peer-name.ts';
import type { MeshChannel } from './gossip-channels.ts';
import type { MeshConnection } from './mesh-connection.ts';
import type { MeshProcess } from './mesh-process.ts';
import { ConnectionError } from './message-stream.ts';
import type { Peer } from './peer.ts';
import { TopologyData } from './topology-data.ts';

/** Changes within this time are told together (mesh `topologyUpdateInterval`). */
const UPDATE_INTERVAL = 1e9;
/** Everything that is known is told this often. */
const GOSSIP_INTERVAL = 30e9;

/**
 * This peer and its connections (mesh `localPeer`). Its deeds are done one after the other: while gossip waits for the
 * routes to be calculated, the next deed waits too.
 */
export class LocalPeer {
  readonly peer: Peer;
  /** By name of the other end. */
  readonly connections = new Map<PeerName, MeshConnection>();
  private readonly process: MeshProcess;
  private readonly topology: MeshChannel;
  private readonly deeds: (() => void)[] = [];
  private busy = false;
  private blocked = false;
  /** Whom to tell of. */
  private news = new Set<PeerName>();
  private updateAlarm: Alarm | null = null;

  constructor(peer: Peer, process: MeshProcess, topology: MeshChannel) {
    this.peer = peer;
    peer.connections = this.connections;
    this.process = process;
    this.topology = topology;
  }

  start(): void {
    this.process.alarms.after(GOSSIP_INTERVAL, () => {
      this.do(() => this.gossip());
      this.start();
    });
  }

  /** A handshake is over. @param done gets an error when the connection can't stay */
  add(connection: MeshConnection, isRestarted: boolean, done: (error: ConnectionError | null) => void): void {
    this.do(() => {
      if (!connection.ended) done(this.addNow(connection, isRestarted));
    });
  }

  /** Frames get through. */
  established(connection: MeshConnection): void {
    this.do(() => {
      if (this.connections.get(connection.remote) !== connection) {
        connection.shutDown(new ConnectionError('Cannot set unknown connection active'));
        return;
      }
      this.peer.version++;
      connection.log('connection fully established');
      this.process.routes.recalculate();
      this.tellOf(this.peer.name);
    });
  }

  delete(connection: MeshConnection, done: () => void): void {
    this.do(() => {
      this.deleteNow(connection);
      done();
    });
  }

  /** The version has been raised. */
  changed(): void {
    this.tellOf(this.peer.name);
  }

  /** An error when there is no room for one more. */
  get limitError(): string | null {
    const { connectionLimit } = this.process;
    if (connectionLimit === 0 || this.connections.size < connectionLimit) return null;
    return `Connection limit reached (${connectionLimit})`;
  }

  private addNow(connection: MeshConnection, isRestarted: boolean): ConnectionError | null {
    const { process, peer } = this;
    const refusal = this.settleDuplicate(connection) ?? this.limitError;
    if (refusal !== null) return new ConnectionError(refusal);
    const isConnected = process.routes.unicast(connection.remote) !== undefined;
    this.connections.set(connection.remote, connection);
    peer.version++;
    const kind = isRestarted ? ' (restarted peer)' : isConnected ? '' : ' (new peer)';
    connection.log(`connection added${kind}`);
    if (isRestarted || !isConnected) process.channels.sendAllDown(connection);
    process.routes.recalculate();
    this.tellOf(connection.remote, peer.name);
    return null;
  }

  /**
   * Of two connections to a peer the one with the lower number stays: both ends come to the same decision.
   * @returns an error when it is not the new one
   */
  private settleDuplicate(connection: MeshConnection): string | null {
    const old = this.connections.get(connection.remote);
    if (old === undefined) return null;
    const error = `Multiple connections to ${connection.remotePeer} added to ${this.peer}`;
    if (old.uid < connection.uid) return error;
    this.deleteNow(old);
    old.shutDown(new ConnectionError(error));
    return old.uid === connection.uid ? error : null;
  }

  private deleteNow(connection: MeshConnection): void {
    const { process, peer } = this;
    if (this.connections.get(connection.remote) !== connection) return;
    this.connections.delete(connection.remote);
    peer.version++;
    connection.log('connection deleted');
    // before anything is told, so that nobody hears of peers that can't be reached
    process.peers.collectGarbage();
    process.routes.recalculate();
    this.tellOf(peer.name);
  }

  private tellOf(...names: PeerName[]): void {
    for (const name of names) this.news.add(name);
    this.updateAlarm ??= this.process.alarms.after(UPDATE_INTERVAL, () => this.do(() => this.update()));
  }

  private update(): void {
    const { news } = this;
    this.news = new Set();
    this.updateAlarm = null;
    this.topology.neighbourSubset(new TopologyData(this.process.peers, news));
    this.waitForRoutes();
  }

  private gossip(): void {
    this.process.channels.sendAll();
    this.waitForRoutes();
  }

  private do(deed: () => void): void {
    this.deeds.push(deed);
    if (!this.busy) this.work();
  }

  private work(): void {
    this.busy = true;
    while (!this.blocked && this.deeds.length > 0) this.deeds.shift()!();
    this.busy = false;
  }

  private waitForRoutes(): void {
    const { routes } = this.process;
    if (!routes.pending) return;
    this.blocked = true;
    routes.afterRecalculation(() => {
      this.blocked = false;
      this.work();
    });
  }
}
