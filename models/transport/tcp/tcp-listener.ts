import type { Errno } from '../../netns/control-error.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { isMulticast } from '../../wire/ipv4-address.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { arrived } from './arrived-segment.ts';
import { isCongestionControl } from './congestion-controls.ts';
import { ConnectionRequest } from './connection-request.ts';
import type { TcpConnection, TcpOptions } from './tcp-connection.ts';

/** A listening socket (listen(2)): connections wait here to be accepted. */
export class TcpListener {
  readonly namespace: NetworkNamespace;
  /** 0 for every address of the host. */
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly options: TcpOptions;
  /** Called when there is something to accept. */
  onChange: (() => void) | null = null;
  /** So many connections may wait, and one more. */
  readonly backlog: number;
  closed = false;
  private readonly waiting: TcpConnection[] = [];
  /** Handshakes under way. */
  readonly requests = new Set<ConnectionRequest>();

  private constructor(
    namespace: NetworkNamespace,
    address: Ipv4Address,
    port: number,
    backlog: number,
    options: TcpOptions,
  ) {
    this.namespace = namespace;
    this.localAddress = address;
    this.localPort = port;
    this.backlog = Math.min(backlog, namespace.sysctls.somaxconn);
    this.options = options;
  }

  /**
   * bind(2) and listen(2).
   * @param address 0 for every address of the host; `port` 0 for a free one
   * @returns EADDRINUSE when another listens there, EADDRNOTAVAIL when the address is not ours
   */
  static open(
    namespace: NetworkNamespace,
    address: Ipv4Address,
    port: number,
    backlog = 4096,
    options: TcpOptions = {},
  ): TcpListener | Errno {
    if (!isCongestionControl(options.congestionControl)) return 'ENOENT';
    if (address !== 0 && !namespace.hasAddress(address)) return 'EADDRNOTAVAIL';
    const chosen = port === 0 ? namespace.tcp.freePort(address, 0, 0) : port;
    if (chosen === 0 || namespace.tcp.listenerConflicts(address, chosen)) return 'EADDRINUSE';
    const listener = new TcpListener(namespace, address, chosen, backlog, options);
    namespace.tcp.addListener(listener);
    return listener;
  }

  /** The connection that has waited longest; null when none does. */
  accept(): TcpConnection | null {
    return this.waiting.shift() ?? null;
  }

  /** Connections that wait to be accepted. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  get isFull(): boolean {
    return this.waiting.length > this.backlog;
  }

  /** Stops listening; connections that nobody has accepted are reset. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.namespace.tcp.removeListener(this);
    for (const request of this.requests) request.end();
    for (const connection of this.waiting) connection.abort();
    this.waiting.length = 0;
  }

  /** A handshake is over. */
  enqueue(connection: TcpConnection): void {
    this.waiting.push(connection);
    this.onChange?.();
  }

  /**
   * The segment in hand, which belongs to no connection (RFC 9293, 3.10.7.2; Linux `tcp_rcv_state_process` in
   * LISTEN).
   * @returns false when a reset is the answer
   */
  segmentArrived(packet: Packet): boolean {
    const { flags } = arrived;
    if ((flags & TcpFlag.rst) !== 0) return true;
    if ((flags & TcpFlag.ack) !== 0) return false;
    if ((flags & TcpFlag.syn) === 0 || (flags & TcpFlag.fin) !== 0) return true;
    this.synArrived(packet);
    return true;
  }

  /**
   * Linux `tcp_conn_request`.
   * @param initialSequence of an incarnation that follows one in TIME-WAIT
   */
  synArrived(packet: Packet, initialSequence?: number): void {
    const { namespace } = this;
    const { ipSource: remote, ipDestination: local } = packet;
    if (isMulticast(local) || local === -1 || packet.route?.type === 'broadcast') return;
    if (this.isFull || this.requests.size >= Math.max(namespace.sysctls.tcpMaxSynBacklog, 8)) return;
    const decision = routeOutput(namespace, local, remote);
    if (decision.kind === 'error' || decision.kind === 'drop') return;
    const tuple = {
      localAddress: local,
      localPort: this.localPort,
      remoteAddress: remote,
      remotePort: packet.sourcePort,
    };
    this.requests.add(new ConnectionRequest(this, tuple, decision, initialSequence));
  }
}
