import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { TcpEndpoint } from './endpoint.ts';
import type { TcpListener } from './tcp-listener.ts';
import { TcpState } from './tcp-state.ts';
import { TimeWait } from './time-wait.ts';

/** The TCP sockets of a namespace: connections by their four-tuple, listeners by their port. */
export class TcpTable {
  private readonly namespace: NetworkNamespace;
  private readonly endpoints = new Map<number, TcpEndpoint>();
  private readonly listenersByPort = new Map<number, TcpListener[]>();
  /** Connections on each local port. */
  private readonly portUse = new Map<number, number>();
  private readonly secret: number;
  private nextPort = 0;

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
    this.secret = Math.floor(namespace.network.random.single('tcp_isn', namespace.name) * 2 ** 32) | 0;
  }

  add(endpoint: TcpEndpoint): void {
    this.namespace.noteLearnt();
    const { localAddress, localPort, remoteAddress, remotePort } = endpoint;
    const key = hash(localAddress, localPort, remoteAddress, remotePort);
    endpoint.hashNext = this.endpoints.get(key) ?? null;
    this.endpoints.set(key, endpoint);
    this.portUse.set(localPort, (this.portUse.get(localPort) ?? 0) + 1);
  }

  remove(endpoint: TcpEndpoint): void {
    this.namespace.noteLearnt();
    const { localAddress, localPort, remoteAddress, remotePort } = endpoint;
    const key = hash(localAddress, localPort, remoteAddress, remotePort);
    let other = this.endpoints.get(key) ?? null;
    if (other === endpoint) {
      if (endpoint.hashNext === null) this.endpoints.delete(key);
      else this.endpoints.set(key, endpoint.hashNext);
    } else {
      while (other !== null && other.hashNext !== endpoint) other = other.hashNext;
      if (other === null) return;
      other.hashNext = endpoint.hashNext;
    }
    endpoint.hashNext = null;
    const left = this.portUse.get(localPort)! - 1;
    if (left === 0) this.portUse.delete(localPort);
    else this.portUse.set(localPort, left);
  }

  /** Puts `by` in the place of an endpoint of the same tuple. */
  replace(endpoint: TcpEndpoint, by: TcpEndpoint): void {
    this.remove(endpoint);
    this.add(by);
  }

  find(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): TcpEndpoint | null {
    let endpoint = this.endpoints.get(hash(local, localPort, remote, remotePort)) ?? null;
    while (endpoint !== null) {
      if (
        endpoint.localPort === localPort &&
        endpoint.remotePort === remotePort &&
        endpoint.localAddress === local &&
        endpoint.remoteAddress === remote
      ) {
        return endpoint;
      }
      endpoint = endpoint.hashNext;
    }
    return null;
  }

  addListener(listener: TcpListener): void {
    this.namespace.noteLearnt();
    const others = this.listenersByPort.get(listener.localPort);
    if (others === undefined) this.listenersByPort.set(listener.localPort, [listener]);
    else others.push(listener);
  }

  removeListener(listener: TcpListener): void {
    this.namespace.noteLearnt();
    const others = this.listenersByPort.get(listener.localPort) ?? [];
    const place = others.indexOf(listener);
    if (place >= 0) others.splice(place, 1);
    if (others.length === 0) this.listenersByPort.delete(listener.localPort);
  }

  /** One on this very address goes before one on any. */
  findListener(address: Ipv4Address, port: number): TcpListener | null {
    const candidates = this.listenersByPort.get(port);
    if (candidates === undefined) return null;
    let best: TcpListener | null = null;
    for (const listener of candidates) {
      if (listener.localAddress === address) return listener;
      if (listener.localAddress === 0) best = listener;
    }
    return best;
  }

  /** Whether a listener on `address` (0: any) would be in the way of another. */
  listenerConflicts(address: Ipv4Address, port: number): boolean {
    const others = this.listenersByPort.get(port) ?? [];
    return others.some(
      (other) => address === 0 || other.localAddress === 0 || other.localAddress === address,
    );
  }

  /**
   * Whether a connection with this tuple may be opened (Linux `__inet_check_established`): not while there is one,
   * and in TIME-WAIT only with `tcp_tw_reuse`, which then ends.
   */
  claim(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): ClaimResult {
    const other = this.find(local, localPort, remote, remotePort);
    if (other === null) return FREE;
    if (!(other instanceof TimeWait) || !other.reusable) return null;
    const initialSequence = other.reuse();
    return { initialSequence };
  }

  /** Draws the initial sequence number of a connection (RFC 6528): a hash of the tuple and a clock of 64 ns. */
  initialSequence(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): number {
    const clock = Math.floor(this.namespace.network.simulation.now / 64) % 2 ** 32;
    return (mix(hash(local, localPort, remote, remotePort) ^ this.secret) + clock) | 0;
  }

  /** What a host adds to its clock in time stamps towards another (Linux `secure_tcp_ts_off`). */
  timestampOffset(local: Ipv4Address, remote: Ipv4Address): number {
    return mix(hash(local, 1, remote, 2) ^ ~this.secret);
  }

  /** A free port of `ip_local_port_range` towards a peer; 0 when there is none. */
  freePort(local: Ipv4Address, remote: Ipv4Address, remotePort: number): number {
    const [low, high] = this.namespace.sysctls.localPortRange;
    const count = high - low + 1;
    if (this.nextPort === 0) {
      const { name, network } = this.namespace;
      this.nextPort = Math.floor(network.random.single('tcp_port', name) * count);
    }
    for (let tried = 0; tried < count; tried++) {
      const port = low + (this.nextPort++ % count);
      if (this.listenersByPort.has(port)) continue;
      if (!this.portUse.has(port) || this.find(local, port, remote, remotePort) === null) return port;
    }
    return 0;
  }

  /** By port and address: for `netstat` and `ss`. */
  listeners(): TcpListener[] {
    const all = [...this.listenersByPort.values()].flat();
    return all.sort((a, b) => a.localPort - b.localPort || (a.localAddress >>> 0) - (b.localAddress >>> 0));
  }

  /** Every connection, embryonic and in TIME-WAIT too, by its tuple. */
  connections(): TcpEndpoint[] {
    const all: TcpEndpoint[] = [];
    for (let endpoint of this.endpoints.values()) {
      for (;;) {
        all.push(endpoint);
        if (endpoint.hashNext === null) break;
        endpoint = endpoint.hashNext;
      }
    }
    return all.sort(compareTuples);
  }

  /** Whether there is a connection that an application would call open on this port. */
  isPortInUse(port: number): boolean {
    return this.portUse.has(port);
  }
}

/** null when the tuple is taken; else the initial sequence number that a reused TIME-WAIT demands, if any. */
export type ClaimResult = { initialSequence: number | undefined } | null;

const FREE: ClaimResult = { initialSequence: undefined };

function compareTuples(a: TcpEndpoint, b: TcpEndpoint): number {
  const timeWait = Number(a.state === TcpState.timeWait) - Number(b.state === TcpState.timeWait);
  return (
    timeWait ||
    a.localPort - b.localPort ||
    (a.remoteAddress >>> 0) - (b.remoteAddress >>> 0) ||
    a.remotePort - b.remotePort ||
    (a.localAddress >>> 0) - (b.localAddress >>> 0)
  );
}

function hash(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): number {
  return mix(Math.imul(local, 0x9e3779b1) ^ Math.imul(remote, 0x85ebca6b) ^ ((localPort << 16) | remotePort));
}

/** Finalizer of MurmurHash3. */
function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
