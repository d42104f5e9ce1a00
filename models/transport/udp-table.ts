import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { UdpSocket } from './udp.ts';

/** So many sockets are searched one by one; more are kept by port. */
const LINEAR_LIMIT = 8;

/** The UDP sockets of a namespace, but for the one of an idle port. */
export class UdpTable {
  private readonly namespace: NetworkNamespace;
  /** The first of all while they are few; the others follow it, in the order in which they came. */
  private first: UdpSocket | null = null;
  /** The first of those on each port, once there are many. */
  private byPort: Map<number, UdpSocket> | null = null;
  private nextPort = 0;

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
  }

  add(socket: UdpSocket): void {
    this.namespace.noteLearnt();
    const length = this.append(socket);
    if (this.byPort === null && length > LINEAR_LIMIT) this.divideByPort();
  }

  /** @returns how many there are in its list then */
  private append(socket: UdpSocket): number {
    const first = this.firstOf(socket.localPort);
    if (first === null) {
      this.setFirst(socket.localPort, socket);
      return 1;
    }
    let last = first;
    let length = 2;
    for (; last.next !== null; last = last.next) length++;
    last.next = socket;
    return length;
  }

  private divideByPort(): void {
    const all = listed(this.first);
    this.first = null;
    this.byPort = new Map();
    for (const socket of all) {
      socket.next = null;
      this.append(socket);
    }
  }

  remove(socket: UdpSocket): void {
    this.namespace.noteLearnt();
    const first = this.firstOf(socket.localPort);
    if (first === socket) this.setFirst(socket.localPort, socket.next);
    for (let one = first; one !== null; one = one.next) if (one.next === socket) one.next = socket.next;
    socket.next = null;
  }

  /** Every socket, by port. */
  sockets(): UdpSocket[] {
    const { namespace } = this;
    const { idleUdpPort } = namespace;
    if (idleUdpPort >= 0) {
      namespace.idleUdpPort = -1;
      new UdpSocket(namespace).bind(0, idleUdpPort);
    }
    const all = this.byPort === null ? listed(this.first) : [...this.byPort.values()].flatMap(listed);
    return all.sort((a, b) => a.localPort - b.localPort);
  }

  has(socket: UdpSocket): boolean {
    let one = this.firstOf(socket.localPort);
    while (one !== null && one !== socket) one = one.next;
    return one !== null;
  }

  /** Whether a new socket would be in the way of another; address 0 means all of them (Linux `udp_lib_lport_inuse`). */
  isTaken(address: Ipv4Address, port: number): boolean {
    if (port === this.namespace.idleUdpPort) return true;
    for (let socket = this.firstOf(port); socket !== null; socket = socket.next) {
      const { localAddress: other, localPort } = socket;
      if (localPort === port && (address === 0 || other === 0 || other === address)) return true;
    }
    return false;
  }

  /** The first of a list of sockets, among which are all those on `port`. */
  private firstOf(port: number): UdpSocket | null {
    return this.byPort === null ? this.first : (this.byPort.get(port) ?? null);
  }

  private setFirst(port: number, socket: UdpSocket | null): void {
    if (this.byPort === null) this.first = socket;
    else if (socket === null) this.byPort.delete(port);
    else this.byPort.set(port, socket);
  }

  /** The socket that fits a datagram best (Linux `compute_score`): connected before bound before any address. */
  lookup(local: Ipv4Address, localPort: number, remote: Ipv4Address, remotePort: number): UdpSocket | null {
    let best: UdpSocket | null = null;
    let bestScore = -1;
    for (let socket = this.firstOf(localPort); socket !== null; socket = socket.next) {
      if (socket.localPort !== localPort) continue;
      let score = 0;
      if (socket.localAddress !== 0) {
        if (socket.localAddress !== local) continue;
        score += 4;
      }
      if (socket.remotePort !== 0) {
        if (socket.remoteAddress !== remote || socket.remotePort !== remotePort) continue;
        score += 8;
      }
      if (score > bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    return best;
  }

  /** A port of `ip_local_port_range` that nobody has. */
  freePort(): number {
    const { localPortRange } = this.namespace.sysctls;
    const low = localPortRange[0];
    const count = localPortRange[1] - low + 1;
    if (this.nextPort === 0) {
      const { name, network } = this.namespace;
      this.nextPort = Math.floor(network.random.single('udp_port', name) * count);
    }
    for (let tried = 0; tried < count; tried++) {
      const port = low + (this.nextPort++ % count);
      if (!this.isTaken(0, port)) return port;
    }
    throw new Error(`${this.namespace.name}: no free UDP port left`);
  }
}

/** A socket and those that follow it. */
function listed(first: UdpSocket | null): UdpSocket[] {
  const sockets: UdpSocket[] = [];
  for (let socket = first; socket !== null; socket = socket.next) sockets.push(socket);
  return sockets;
}
