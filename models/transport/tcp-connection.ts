import type { EventHandle } from '../../engine/event-queue.ts';
import type { Errno } from '../netns/control-error.ts';
import { ipLocalOutput } from '../netns/ip-output.ts';
import { timerExpiry } from '../netns/jiffies.ts';
import { Timer, type TimerTarget } from '../netns/namespace-timer.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { routeOutput } from '../netns/route-output.ts';
import { updateIpLength } from '../packet.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { TcpFlag } from '../wire/tcp.ts';
import { emitTcpOptions, type TcpOption, tcpOptionsLength } from '../wire/tcp-options.ts';

/** Initial retransmission time-out (RFC 6298, 2.1). */
const INITIAL_TIMEOUT = 1e9;
/** Window and its scale that Linux announces with the default `tcp_rmem`. */
const SYN_WINDOW = 64_240;
const SYN_WINDOW_SCALE = 10;
const NO_OPTIONS = new Uint8Array(0);

/**
 * An active open (RFC 9293, 3.10.1): the SYN, its retransmissions, and what ends them: a reset, an ICMP error,
 * or `tcp_syn_retries`.
 */
export class TcpConnection implements TimerTarget {
  readonly namespace: NetworkNamespace;
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv4Address;
  readonly remotePort: number;
  state: 'SYN_SENT' | 'CLOSED' = 'SYN_SENT';
  /** The connection could not be had, or was lost. */
  onError: ((errno: Errno) => void) | null = null;
  private readonly initialSequence: number;
  private retries = 0;
  private readonly place: number;
  private timer: EventHandle;

  private constructor(
    namespace: NetworkNamespace,
    local: Ipv4Address,
    localPort: number,
    remote: Ipv4Address,
    remotePort: number,
  ) {
    this.namespace = namespace;
    this.localAddress = local;
    this.localPort = localPort;
    this.remoteAddress = remote;
    this.remotePort = remotePort;
    const draws = namespace.network.random.stream('tcp_isn', `${namespace.name} ${localPort}`);
    this.initialSequence = draws.int32();
    this.place = namespace.network.timerTargets.add(this);
    namespace.tcpConnections.add(this);
    this.sendSyn();
    this.timer = this.armTimer();
  }

  /** Sends the first SYN; answers the error of `connect(2)` when there is no way there at all. */
  static open(
    namespace: NetworkNamespace,
    localPort: number,
    remote: Ipv4Address,
    remotePort: number,
  ): TcpConnection | Errno {
    const decision = routeOutput(namespace, 0, remote);
    if (decision.kind === 'error' || decision.kind === 'drop') return decision.errno;
    const port = localPort === 0 ? namespace.udp.freePort() : localPort;
    return new TcpConnection(namespace, decision.source, port, remote, remotePort);
  }

  /** A segment from the peer; only a reset that answers our SYN ends the attempt (RFC 9293, 3.10.7.3). */
  segmentArrived(flags: number, acknowledgement: number): void {
    const acceptable = (flags & TcpFlag.ack) !== 0 && acknowledgement === ((this.initialSequence + 1) | 0);
    if (acceptable && (flags & TcpFlag.rst) !== 0) this.fail('ECONNREFUSED');
  }

  /** An ICMP error about the SYN: while none has been answered it is final (Linux `tcp_v4_err`). */
  icmpError(errno: Errno): void {
    this.fail(errno);
  }

  onTimer(): void {
    const { tcpSynRetries } = this.namespace.sysctls;
    if (this.retries >= tcpSynRetries) {
      this.fail('ETIMEDOUT');
      return;
    }
    this.retries++;
    this.sendSyn();
    this.timer = this.armTimer();
  }

  close(): void {
    if (this.state === 'CLOSED') return;
    this.state = 'CLOSED';
    const { simulation, timerTargets } = this.namespace.network;
    simulation.cancel(this.timer);
    timerTargets.remove(this.place);
    this.namespace.tcpConnections.delete(this);
  }

  private fail(errno: Errno): void {
    if (this.state === 'CLOSED') return;
    this.close();
    this.onError?.(errno);
  }

  private sendSyn(): void {
    const { namespace, localAddress, remoteAddress } = this;
    const decision = routeOutput(namespace, localAddress, remoteAddress);
    if (decision.kind === 'error' || decision.kind === 'drop') return;
    const mtu = decision.nexthop.iface?.mtu ?? namespace.loopback.mtu;
    const now = namespace.network.simulation.now;
    const packet = namespace.network.pool.create();
    packet.ipSource = localAddress;
    packet.ipDestination = remoteAddress;
    packet.protocol = IpProtocol.tcp;
    packet.ttl = namespace.sysctls.ipDefaultTtl;
    packet.dontFragment = true;
    packet.ipId = namespace.nextIpId();
    packet.sourcePort = this.localPort;
    packet.destinationPort = this.remotePort;
    packet.tcp = {
      sequence: this.initialSequence,
      acknowledgement: 0,
      flags: TcpFlag.syn,
      window: SYN_WINDOW,
      options: synOptions(mtu - 40, Math.floor(now / 1e6)),
    };
    packet.sentAt = now;
    updateIpLength(packet);
    ipLocalOutput(namespace, packet, decision);
  }

  /** The first `tcp_syn_linear_timeouts` retries come a second apart, then each waits twice as long. */
  private armTimer(): EventHandle {
    const { tcpSynLinearTimeouts } = this.namespace.sysctls;
    const doublings = Math.max(0, this.retries - tcpSynLinearTimeouts);
    const simulation = this.namespace.network.simulation;
    const due = timerExpiry(simulation.now, INITIAL_TIMEOUT * 2 ** doublings);
    return simulation.schedule(this.namespace, due, Timer.target, this.place);
  }
}

/** Options of a SYN in the order in which Linux writes them: MSS, SACK permitted, timestamps, window scale. */
function synOptions(mss: number, timestamp: number): Uint8Array {
  const options: TcpOption[] = [
    { kind: 'maximumSegmentSize', size: mss },
    { kind: 'sackPermitted' },
    { kind: 'timestamps', value: timestamp, echoReply: 0 },
    { kind: 'noOperation' },
    { kind: 'windowScale', shift: SYN_WINDOW_SCALE },
  ];
  const bytes = new Uint8Array(tcpOptionsLength(options));
  emitTcpOptions(bytes, 0, options);
  return bytes;
}

/** Answers a segment for which there is no connection (RFC 9293, 3.10.7.1). */
export function sendReset(
  namespace: NetworkNamespace,
  to: Ipv4Address,
  from: Ipv4Address,
  ports: { source: number; destination: number },
  segment: { sequence: number; acknowledgement: number; flags: number; length: number },
): void {
  const decision = routeOutput(namespace, from, to);
  if (decision.kind === 'error' || decision.kind === 'drop') return;
  const packet = namespace.network.pool.create();
  packet.ipSource = from;
  packet.ipDestination = to;
  packet.protocol = IpProtocol.tcp;
  packet.ttl = namespace.sysctls.ipDefaultTtl;
  packet.dontFragment = true;
  packet.sourcePort = ports.source;
  packet.destinationPort = ports.destination;
  const acknowledged = (segment.flags & TcpFlag.ack) !== 0;
  packet.tcp = {
    sequence: acknowledged ? segment.acknowledgement : 0,
    acknowledgement: acknowledged ? 0 : (segment.sequence + segment.length) | 0,
    flags: acknowledged ? TcpFlag.rst : TcpFlag.rst | TcpFlag.ack,
    window: 0,
    options: NO_OPTIONS,
  };
  packet.sentAt = namespace.network.simulation.now;
  updateIpLength(packet);
  ipLocalOutput(namespace, packet, decision);
}
