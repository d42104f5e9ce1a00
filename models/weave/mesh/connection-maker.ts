import { WAKE_LATENCY } from '../../traffic/program.ts';
import { TcpConnection } from '../../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Alarm } from '../alarms.ts';
import type { PeerName } from '../peer-name.ts';
import { goErrorText } from './byte-stream.ts';
import { MeshConnection } from './mesh-connection.ts';
import type { MeshProcess } from './mesh-process.ts';
import type { ConnectionError } from './message-stream.ts';
import type { ConnectionSummary, Peer } from './peer.ts';
import { socketOptions } from './socket-options.ts';
import { Target } from './target.ts';
import { formatTarget, knownTarget, parseTarget, type TargetAddress } from './target-address.ts';

/** A connection that has lived longer than this is opened anew at once. */
const RESET_AFTER = 60e9;

/** What the user has named, with the port that is meant. */
interface DirectPeer extends TargetAddress {
  readonly completed: string;
}

/** Whom the connections are with. */
interface ConnectedTo {
  /** The local peer's included. */
  readonly names: ReadonlySet<PeerName>;
  readonly addresses: ReadonlySet<string>;
  /** Where those come from that others have opened. */
  readonly inbound: ReadonlySet<Ipv4Address>;
}

/** Opens connections to peers that the user or other peers have told of (mesh `connectionMaker`). */
export class ConnectionMaker {
  /** By address. */
  readonly targets = new Map<string, Target>();
  /** Those whose handshake is over. */
  readonly connections = new Set<MeshConnection>();
  terminations = 0;
  private readonly process: MeshProcess;
  private readonly owner: string;
  /** What the user wants, as it was written. */
  private readonly directPeers = new Map<string, DirectPeer>();
  /** TCP connections whose handshakes, TCP's or our own, are not over. */
  private readonly dialled = new Set<TcpConnection>();
  private readonly begun = new Set<MeshConnection>();
  private check: Alarm | null = null;
  private peersCheck: Alarm | null = null;
  /** Of the connections; null when they have changed. */
  private known: ConnectedTo | null = null;
  /** When it looked last there were peers that it was not connected to, or it has new connections since. */
  private hadStrangers = true;

  /** @param owner process id and name */
  constructor(process: MeshProcess, owner: string) {
    this.process = process;
    this.owner = owner;
  }

  /**
   * Adds peers to those that are to be connected to (`weave connect`).
   * @param replace forgets the others
   * @returns error texts about addresses that are none
   */
  connect(peers: readonly string[], replace: boolean): string[] {
    if (replace) this.directPeers.clear();
    const errors: string[] = [];
    for (const peer of peers) {
      const target = parseTarget(peer);
      if (typeof target === 'string') errors.push(target);
      else {
        const completed = this.complete(target);
        this.directPeers.set(peer, { ...target, completed });
        // whatever it waits for is over
        this.targets.get(completed)?.tryNow(this.process.alarms.now);
      }
    }
    this.refresh();
    return errors;
  }

  /** `weave forget`: connections that are there stay. */
  forget(peers: readonly string[]): void {
    for (const peer of peers) this.directPeers.delete(peer);
    this.refresh();
  }

  /** The peers that the user wants. @param activeOnly without those that are given up */
  directTargets(activeOnly: boolean): string[] {
    const all = [...this.directPeers];
    const wanted = activeOnly ? all.filter(([, { completed }]) => !this.isGivenUp(completed)) : all;
    return wanted.map(([peer]) => peer);
  }

  /** Somebody has connected to us. */
  accepted(tcp: TcpConnection): void {
    const from = formatTarget({ address: tcp.remoteAddress, port: tcp.remotePort });
    this.process.log(`->[${from}] connection accepted`);
    this.begin(tcp, false, true);
  }

  /** Its handshake is over. */
  created(connection: MeshConnection): void {
    this.connections.add(connection);
    this.known = null;
    this.hadStrangers = true;
    if (connection.outbound) this.targets.get(connection.address)!.state = 'connected';
  }

  terminated(connection: MeshConnection, error: ConnectionError): void {
    if (error.kind !== 'self') this.terminations++;
    this.connections.delete(connection);
    this.known = null;
    this.begun.delete(connection);
    if (connection.outbound) this.retry(this.targets.get(connection.address)!, error);
    this.refresh();
  }

  /** Looks at what is to be done, once what is being done now is over. */
  refresh(): void {
    this.lookAfter(0);
  }

  /** Other peers have told of connections: as long as there is nobody else to connect to, nothing follows from it. */
  peersChanged(): void {
    const { alarms } = this.process;
    if (this.check !== null && this.check.time <= alarms.now) return;
    this.peersCheck ??= alarms.after(0, () => {
      this.peersCheck = null;
      if (this.hadStrangers || this.strangers().length > 0) this.look();
    });
  }

  /** The process has died. */
  close(): void {
    for (const tcp of this.dialled) tcp.abort();
    for (const connection of this.begun) connection.close();
  }

  // --- which

  private look(): void {
    this.check?.cancel();
    this.check = null;
    const valid = new Set<string>();
    const direct = new Set<string>();
    const { addresses: connected, inbound } = this.connectedTo();
    const add = (address: string) => {
      if (connected.has(address)) return;
      valid.add(address);
      if (!this.targets.has(address)) this.targets.set(address, new Target(this.process.alarms.now));
    };
    for (const { address, port, completed } of this.directPeers.values()) {
      direct.add(completed);
      // who was named without a port and has come to us need not be called
      if (port !== 0 || !inbound.has(address)) add(completed);
    }
    const strangers = this.strangers();
    this.hadStrangers = strangers.length > 0;
    if (this.process.discovery) for (const address of this.discovered(strangers)) add(address);
    this.attend(valid, direct);
  }

  private connectedTo(): ConnectedTo {
    if (this.known !== null) return this.known;
    const names = new Set<PeerName>([this.process.peers.local.name]);
    const addresses = new Set<string>();
    const inbound = new Set<Ipv4Address>();
    for (const { remote, address, outbound } of this.connections) {
      names.add(remote);
      addresses.add(address);
      if (!outbound) inbound.add(knownTarget(address).address);
    }
    this.known = { names, addresses, inbound };
    return this.known;
  }

  /** Peers that we are not connected to. */
  private strangers(): Peer[] {
    const { names } = this.connectedTo();
    return this.process.peers.all().filter(({ name }) => !names.has(name));
  }

  /** Addresses of peers to whom others are connected and we are not. */
  private discovered(strangers: readonly Peer[]): Set<string> {
    const { peers, port } = this.process;
    const found = new Set<string>();
    for (const peer of peers.all()) {
      if (peer === peers.local) continue;
      for (const { address, outbound } of connectionsTo(strangers, peer)) {
        // the port that somebody called from is nothing to call
        found.add(outbound ? address : formatTarget({ address: knownTarget(address).address, port }));
      }
    }
    return found;
  }

  private attend(valid: ReadonlySet<string>, direct: ReadonlySet<string>): void {
    const { now } = this.process.alarms;
    let next = Number.POSITIVE_INFINITY;
    for (const [address, target] of this.targets) {
      if (target.state !== 'waiting' && target.state !== 'suspended') continue;
      if (!valid.has(address)) {
        if (direct.has(address)) target.state = 'suspended';
        else this.targets.delete(address);
      } else if (target.tryAfter !== null) {
        target.state = 'waiting';
        if (target.tryAfter > now) next = Math.min(next, target.tryAfter);
        else this.attempt(address, target, direct.has(address));
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.lookAfter(next - now);
  }

  /** Sooner than it was going to, if that is sooner. */
  private lookAfter(delay: number): void {
    const { alarms } = this.process;
    if (this.check !== null && this.check.time <= alarms.now + delay) return;
    this.check?.cancel();
    this.check = alarms.after(delay, () => this.look());
  }

  private complete({ address, port }: TargetAddress): string {
    return formatTarget({ address, port: port === 0 ? this.process.port : port });
  }

  private isGivenUp(address: string): boolean {
    return this.targets.get(address)?.tryAfter === null;
  }

  // --- how

  private attempt(address: string, target: Target, isDirect: boolean): void {
    target.state = 'attempting';
    this.process.log(`->[${address}] attempting connection`);
    const limit = this.process.local.limitError;
    if (limit === null) this.dial(address, isDirect);
    else this.aborted(address, limit);
  }

  private dial(text: string, isDirect: boolean): void {
    const { address, port } = knownTarget(text);
    const { alarms, namespace } = this.process;
    const tcp = TcpConnection.open(namespace, {}, address, port, socketOptions(this.owner));
    const fail = (error: string) => this.aborted(text, `dial tcp :0->${text}: connect: ${error}`);
    if (typeof tcp === 'string') {
      fail(goErrorText(tcp));
      return;
    }
    this.dialled.add(tcp);
    tcp.onChange = () => {
      tcp.onChange = null;
      alarms.after(WAKE_LATENCY, () => {
        this.dialled.delete(tcp);
        const error = tcp.takeError();
        if (error === null) this.begin(tcp, true, isDirect);
        else fail(goErrorText(error));
      });
    };
  }

  private aborted(address: string, error: string): void {
    this.process.log(`->[${address}] error during connection attempt: ${error}`);
    const target = this.targets.get(address)!;
    target.state = 'waiting';
    target.lastError = error;
    target.tryLater(this.process.alarms.now, this.process.random('weave_retry'));
    this.refresh();
  }

  private begin(tcp: TcpConnection, outbound: boolean, acceptNewPeer: boolean): void {
    const connection = new MeshConnection(this.process, tcp, outbound, acceptNewPeer);
    this.begun.add(connection);
    connection.start();
  }

  private retry(target: Target, error: ConnectionError): void {
    const { now } = this.process.alarms;
    target.state = 'waiting';
    target.lastError = error.message;
    if (error.kind !== 'ordinary') target.tryNever();
    else if (target.tryAfter !== null && now > target.tryAfter + RESET_AFTER) target.tryNow(now);
    else target.tryLater(now, this.process.random('weave_retry'));
  }
}

/** Those of a peer's connections that lead to one of `others`, in the peer's order. */
function connectionsTo(others: readonly Peer[], { connections }: Peer): ConnectionSummary[] {
  const found = others.filter(({ name }) => connections.has(name)).map(({ name }) => connections.get(name)!);
  if (found.length <= 1) return found;
  const wanted = new Set(found);
  return [...connections.values()].filter((connection) => wanted.has(connection));
}
