import { WAKE_LATENCY } from '../../traffic/program.ts';
import { TcpConnection } from '../../transport/tcp/tcp-connection.ts';
import type { Alarm } from '../alarms.ts';
import type { PeerName } from '../peer-name.ts';
import { goErrorText } from './byte-stream.ts';
import { MeshConnection } from './mesh-connection.ts';
import type { MeshProcess } from './mesh-process.ts';
import type { ConnectionError } from './message-stream.ts';
import { socketOptions } from './socket-options.ts';
import { Target } from './target.ts';
import { formatTarget, knownTarget, parseTarget, type TargetAddress } from './target-address.ts';

/** A connection that has lived longer than this is opened anew at once. */
const RESET_AFTER = 60e9;

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
  private readonly directPeers = new Map<string, TargetAddress>();
  /** TCP connections whose handshakes, TCP's or our own, are not over. */
  private readonly dialled = new Set<TcpConnection>();
  private readonly begun = new Set<MeshConnection>();
  private check: Alarm | null = null;

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
        this.directPeers.set(peer, target);
        // whatever it waits for is over
        this.targets.get(this.complete(target))?.tryNow(this.process.alarms.now);
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
    const wanted = activeOnly ? all.filter(([, to]) => !this.isGivenUp(to)) : all;
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
    if (connection.outbound) this.targets.get(connection.address)!.state = 'connected';
  }

  terminated(connection: MeshConnection, error: ConnectionError): void {
    if (error.kind !== 'self') this.terminations++;
    this.connections.delete(connection);
    this.begun.delete(connection);
    if (connection.outbound) this.retry(this.targets.get(connection.address)!, error);
    this.refresh();
  }

  /** Looks at what is to be done, once what is being done now is over. */
  refresh(): void {
    this.lookAfter(0);
  }

  /** The process has died. */
  close(): void {
    for (const tcp of this.dialled) tcp.abort();
    for (const connection of this.begun) connection.close();
  }

  // --- which

  private look(): void {
    this.check = null;
    const valid = new Set<string>();
    const direct = new Set<string>();
    const connected = new Set([...this.connections].map(({ address }) => address));
    const add = (address: string) => {
      if (connected.has(address)) return;
      valid.add(address);
      if (!this.targets.has(address)) this.targets.set(address, new Target(this.process.alarms.now));
    };
    const inbound = this.inboundAddresses();
    for (const target of this.directPeers.values()) {
      const address = this.complete(target);
      direct.add(address);
      // who was named without a port and has come to us need not be called
      if (target.port !== 0 || !inbound.has(target.address)) add(address);
    }
    if (this.process.discovery) for (const address of this.discovered()) add(address);
    this.attend(valid, direct);
  }

  private inboundAddresses(): Set<number> {
    const inbound = [...this.connections].filter(({ outbound }) => !outbound);
    return new Set(inbound.map(({ address }) => knownTarget(address).address));
  }

  /** Addresses of peers to whom others are connected and we are not. */
  private discovered(): Set<string> {
    const { peers, port } = this.process;
    const ours = new Set<PeerName>([peers.local.name]);
    for (const { remote } of this.connections) ours.add(remote);
    const found = new Set<string>();
    for (const peer of peers.all()) {
      if (peer === peers.local) continue;
      for (const { remote, address, outbound } of peer.connections.values()) {
        if (ours.has(remote)) continue;
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

  private isGivenUp(to: TargetAddress): boolean {
    return this.targets.get(this.complete(to))?.tryAfter === null;
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
