import type { RandomStream } from '../../../engine/random.ts';
import type { Alarm, Alarms } from '../alarms.ts';
import { type PeerName, UNKNOWN_PEER } from '../peer-name.ts';
import type { Routes } from './peer.ts';
import type { PeerTable } from './peer-table.ts';
import { type ConnectionsUsed, type NextHops, newNeighbours, reach } from './reachability.ts';
import type { ReadyQueue } from './ready-queue.ts';

/** Requests within this time are met by one calculation (mesh `recalcDeferTime`). */
const DEFER_TIME = 100e6;

/** Ways of one kind. Those of broadcasts are worked out for each origin when they are asked for. */
class RouteTable {
  unicast: NextHops;
  private readonly broadcast = new Map<PeerName, readonly PeerName[]>();

  constructor(
    private readonly peers: PeerTable,
    private readonly used: ConnectionsUsed,
  ) {
    const { local } = peers;
    this.unicast = new Map([[local.name, UNKNOWN_PEER]]);
    this.broadcast.set(local.name, []);
  }

  calculate(): void {
    const { peers, used } = this;
    this.unicast = reach(peers, peers.local, used, null)!;
    this.broadcast.clear();
    this.broadcastFrom(peers.local.name);
  }

  /** Those neighbours that none before us in `origin`'s order has reached. */
  broadcastFrom(origin: PeerName): readonly PeerName[] {
    const known = this.broadcast.get(origin);
    if (known !== undefined) return known;
    const { peers, used } = this;
    const start = peers.fetch(origin);
    const reached = start === undefined ? null : reach(peers, start, used, peers.local);
    const hops =
      reached === null ? [] : newNeighbours(peers, peers.local, used, reached).map((peer) => peer.name);
    hops.sort((a, b) => a - b);
    this.broadcast.set(origin, hops);
    return hops;
  }

  get broadcastRoutes(): [PeerName, readonly PeerName[]][] {
    return [...this.broadcast].sort((a, b) => a[0] - b[0]);
  }
}

/** Where this peer sends to (mesh `routes`): frames over established connections, gossip over all. */
export class MeshRoutes implements Routes {
  private readonly alarms: Alarms;
  private readonly ready: ReadyQueue;
  private readonly established: RouteTable;
  private readonly all: RouteTable;
  private readonly random: RandomStream;
  private readonly listeners: (() => void)[] = [];
  private alarm: Alarm | null = null;
  private waiting: (() => void)[] = [];

  /** @param random what neighbours are drawn from */
  constructor(peers: PeerTable, alarms: Alarms, ready: ReadyQueue, random: RandomStream) {
    this.alarms = alarms;
    this.ready = ready;
    this.random = random;
    this.established = new RouteTable(peers, 'symmetric');
    this.all = new RouteTable(peers, 'all');
  }

  unicast(destination: PeerName): PeerName | undefined {
    return this.established.unicast.get(destination);
  }

  broadcast(origin: PeerName): readonly PeerName[] {
    return this.established.broadcastFrom(origin);
  }

  unicastAll(destination: PeerName): PeerName | undefined {
    return this.all.unicast.get(destination);
  }

  broadcastAll(origin: PeerName): readonly PeerName[] {
    return this.all.broadcastFrom(origin);
  }

  /** Ways of frames, in ascending order of destinations. */
  get unicastRoutes(): [PeerName, PeerName][] {
    return [...this.established.unicast].sort((a, b) => a[0] - b[0]);
  }

  /** Those worked out so far, in ascending order of origins. */
  get broadcastRoutes(): [PeerName, readonly PeerName[]][] {
    return this.established.broadcastRoutes;
  }

  /** Calls `listener` after every calculation. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The topology has changed: the routes follow within 100 ms. */
  recalculate(): void {
    this.alarm ??= this.alarms.after(DEFER_TIME, () => this.calculate());
  }

  /** A calculation is due. */
  get pending(): boolean {
    return this.alarm !== null;
  }

  /** Does it at once, or after the calculation that is due (mesh `ensureRecalculated`). */
  afterRecalculation(action: () => void): void {
    if (this.alarm === null) action();
    else this.waiting.push(action);
  }

  /**
   * Neighbours to tell something to: some twice the binary logarithm of the number of peers, those more often through
   * which more peers are reached (mesh `randomNeighbours`).
   * @param except the one it was heard from
   */
  randomNeighbours(except: PeerName): PeerName[] {
    const hops = [...this.all.unicast.values()];
    const count = Math.floor(2 * Math.log2(hops.length));
    const chosen = new Set<PeerName>();
    for (let left = hops.length; left > 0 && chosen.size < count; left--) {
      const i = this.random.integer(0, left - 1);
      const hop = hops[i];
      hops[i] = hops[left - 1];
      if (hop !== UNKNOWN_PEER && hop !== except) chosen.add(hop);
    }
    return [...chosen].sort((a, b) => a - b);
  }

  private calculate(): void {
    this.alarm = null;
    this.established.calculate();
    this.all.calculate();
    for (const listener of this.listeners) listener();
    const { waiting } = this;
    this.waiting = [];
    this.ready.wake(waiting);
  }
}
