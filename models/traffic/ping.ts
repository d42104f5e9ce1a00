import { type Errno, errnoText } from '../netns/control-error.ts';
import type { IcmpQuote } from '../netns/icmp-input.ts';
import { timerExpiry } from '../netns/jiffies.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Packet } from '../packet.ts';
import { CountingPayload, type Payload } from '../payload.ts';
import { PingSocket } from '../transport/ping-socket.ts';
import type { PathMtuDiscovery } from '../transport/udp.ts';
import { IcmpType, UnreachableCode } from '../wire/icmp.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4-address.ts';
import { IP_OPTIONS_MAX } from '../wire/ipv4-options.ts';
import { PingOptionsPrinter, type PingRecord, pingIpOptions } from './ping-ip-options.ts';
import { Program, WAKE_LATENCY } from './program.ts';

const MILLISECOND = 1e6;
/** ping gives up on missing replies after this long, unless `-W` says otherwise. */
const DEFAULT_LINGER = 10e9;
/** Slack of a poll(2) time-out: the process runs a little late. */
const POLL_SLACK = 100_000;

export interface PingOptions {
  to: Ipv4Address;
  /** As the user typed it. */
  target?: string;
  /** `-c`; 0 for no limit. */
  count: number;
  /** `-i`, nanoseconds. Default 1 s. */
  interval?: number;
  /** `-s`, data bytes. Default 56. */
  size?: number;
  /** `-t`. */
  ttl?: number;
  /** `-W`, nanoseconds. */
  wait?: number;
  /** `-M`. */
  pathMtuDiscovery?: PathMtuDiscovery;
  /** `-I` with an address. */
  source?: Ipv4Address;
  quiet?: boolean;
  /** `-R` or `-T`. */
  record?: PingRecord;
}

/** Options without which the socket is left as it is. */
type Optional = 'source' | 'pathMtuDiscovery' | 'record';

/** What ping takes a refused permission for. */
const BROADCAST_HINT =
  'ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n';

/** Counts as ping's last lines give them. */
export interface PingResult {
  sent: number;
  received: number;
  errors: number;
}

type Incoming =
  | {
      kind: 'reply';
      sequence: number;
      from: Ipv4Address;
      ttl: number;
      bytes: number;
      rtt: number;
      ipOptions: Uint8Array | null;
    }
  | { kind: 'error'; sequence: number; quote: IcmpQuote };

/**
 * ping of iputils, with the rhythm that its main loop has: it sleeps in `recvmsg` with a time-out of a kernel
 * timer while nothing has come in within the last millisecond, and in `poll` with a precise one otherwise.
 */
export class Ping extends Program {
  readonly result: PingResult = { sent: 0, received: 0, errors: 0 };
  /** Round-trip times, nanoseconds. */
  readonly rtts: number[] = [];
  private readonly options: Required<Omit<PingOptions, Optional>> & Pick<PingOptions, Optional>;
  private readonly socket: PingSocket;
  private readonly sentAt = new Map<number, number>();
  /** Sequence numbers of requests that netfilter did not let go. */
  private readonly refused = new Set<number>();
  private readonly inbox: Incoming[] = [];
  private readonly optionsPrinter = new PingOptionsPrinter();
  private startedAt = -1;
  private lastSent = 0;
  private deadline = Number.POSITIVE_INFINITY;
  /** Asleep with a kernel timer. */
  private timedOut = false;
  private mostInFlight = 0;

  constructor(namespace: NetworkNamespace, options: PingOptions) {
    super(namespace);
    this.options = {
      target: formatIpv4(options.to),
      interval: 1e9,
      size: 56,
      ttl: 0,
      wait: DEFAULT_LINGER,
      quiet: false,
      ...options,
    };
    this.socket = new PingSocket(namespace);
    this.socket.ttl = this.options.ttl;
    if (options.pathMtuDiscovery !== undefined) this.socket.pathMtuDiscovery = options.pathMtuDiscovery;
    this.socket.source = options.source ?? 0;
    if (options.record !== undefined) this.socket.ipOptions = pingIpOptions(options.record);
    this.socket.onReply = (packet) => this.onReply(packet);
    this.socket.onError = (quote) => this.onError(quote);
  }

  override interrupt(): void {
    this.end();
  }

  protected override wake(): void {
    if (this.startedAt < 0 && !this.begin()) return;
    // a time-out of recvmsg sends first, even if something came in at the same tick
    if (this.timedOut && this.simulation.now >= this.lastSent + this.options.interval) this.sendIfDue();
    this.timedOut = false;
    this.readInbox();
    const { count } = this.options;
    if (count > 0 && this.result.received + this.result.errors >= count) {
      this.end();
      return;
    }
    const now = this.simulation.now;
    if (now >= this.deadline) {
      this.end();
      return;
    }
    this.pace(now);
    // what came in while it sent is read next
    if (this.exit === null && this.inbox.length > 0) this.interrupted();
  }

  /** Sends when it is time, then sleeps until the next time. */
  private pace(now: number): void {
    const { count, interval } = this.options;
    if (count > 0 && this.result.sent >= count) {
      if (this.deadline === Number.POSITIVE_INFINITY) this.deadline = now + this.linger();
      this.sleepUntil(this.deadline);
      return;
    }
    const elapsed = Math.floor((now - this.lastSent) / MILLISECOND);
    const every = Math.floor(interval / MILLISECOND);
    if (this.result.sent === 0 || elapsed >= every) {
      this.send();
      if (this.exit === null) this.pace(now);
      return;
    }
    const rest = (every - elapsed) * MILLISECOND;
    if (rest < interval) {
      this.sleepUntil(now + rest + POLL_SLACK);
    } else {
      this.timedOut = true;
      this.sleepUntil(timerExpiry(now, interval) + WAKE_LATENCY);
    }
  }

  /** How long to wait for what is missing: as long as the slowest reply twice, at least one interval. */
  private linger(): number {
    if (this.result.received === 0) return this.options.wait;
    return Math.max(2 * Math.max(...this.rtts), this.options.interval);
  }

  private begin(): boolean {
    const { target, to, size } = this.options;
    const errno = this.socket.checkRoute(to);
    if (errno !== null) {
      this.stderr += errno === 'EACCES' ? BROADCAST_HINT : `ping: connect: ${errnoText(errno)}\n`;
      this.socket.close();
      this.finish(2);
      return false;
    }
    this.startedAt = this.simulation.now;
    // ping counts room for all options that there can be
    const headers = this.options.record === undefined ? 28 : 28 + IP_OPTIONS_MAX;
    this.stdout += `PING ${target} (${formatIpv4(to)}) ${size}(${size + headers}) bytes of data.\n`;
    return true;
  }

  private send(): void {
    const { to, size } = this.options;
    const now = this.simulation.now;
    const sequence = ++this.result.sent;
    this.lastSent = now;
    this.sentAt.set(sequence & 0xffff, now);
    const errno = this.socket.send(to, sequence, size, pingPayload(now, size));
    // a packet that netfilter drops is none to complain of, unless an ICMP error says so as well
    if (errno === 'EPERM') this.refused.add(sequence & 0xffff);
    else if (errno !== null) this.localError(errno);
  }

  private localError(errno: Errno): void {
    this.result.errors++;
    const text = errno === 'EMSGSIZE' ? 'local error: message too long' : `sendmsg: ${errnoText(errno)}`;
    const mtu = errno === 'EMSGSIZE' ? `, mtu=${this.socket.mtuTo(this.options.to)}` : '';
    this.stderr += `ping: ${text}${mtu}\n`;
  }

  private onReply(packet: Packet): void {
    const sequence = packet.icmpWord & 0xffff;
    const sent = this.sentAt.get(sequence);
    if (sent === undefined) return;
    const rtt = this.simulation.now - sent;
    const bytes = packet.payloadLength + 8;
    const { ipSource: from, ttl, options: ipOptions } = packet;
    this.inbox.push({ kind: 'reply', sequence, from, ttl, bytes, rtt, ipOptions });
    this.interrupted();
  }

  private onError(quote: IcmpQuote): void {
    this.inbox.push({ kind: 'error', sequence: quote.secondWord & 0xffff, quote });
    this.interrupted();
  }

  private sendIfDue(): void {
    const { count } = this.options;
    if (count === 0 || this.result.sent < count) this.send();
  }

  private readInbox(): void {
    for (const incoming of this.inbox.splice(0)) {
      // how far behind the last request an answer is: what ping prints as its pipe
      this.mostInFlight = Math.max(this.mostInFlight, this.result.sent - incoming.sequence + 1);
      if (incoming.kind === 'reply') this.printReply(incoming);
      else this.printError(incoming);
    }
  }

  private printReply(reply: Extract<Incoming, { kind: 'reply' }>): void {
    this.result.received++;
    this.rtts.push(reply.rtt);
    if (this.options.quiet) return;
    const { bytes, from, sequence, ttl, rtt, ipOptions } = reply;
    const record = ipOptions === null ? '' : this.optionsPrinter.print(ipOptions);
    const time = this.tellsTime ? ` time=${printTime(rtt)} ms` : '';
    this.stdout += `${bytes} bytes from ${formatIpv4(from)}: icmp_seq=${sequence} ttl=${ttl}${time}${record}\n`;
  }

  private printError(error: Extract<Incoming, { kind: 'error' }>): void {
    const { quote, sequence } = error;
    const reporter = formatIpv4(quote.reporter);
    if (quote.type === IcmpType.redirect) {
      // told, but not counted: the request goes on its way
      const gateway = formatIpv4(quote.word);
      this.stdout += `From ${reporter}: icmp_seq=${sequence} Redirect Host(New nexthop: ${gateway})\n`;
      return;
    }
    this.result.errors++;
    if (this.options.quiet) return;
    this.stdout += `From ${reporter} icmp_seq=${sequence} ${describeError(quote)}\n`;
    if (this.refused.delete(sequence)) this.stderr += `ping: sendmsg: ${errnoText('EPERM')}\n`;
  }

  private end(): void {
    this.socket.close();
    const { sent, received, errors } = this.result;
    const loss = sent === 0 ? 0 : ((sent - received) * 100) / sent;
    const time = Math.floor((this.lastSent - this.startedAt) / MILLISECOND);
    this.stdout += `\n--- ${this.options.target} ping statistics ---\n`;
    this.stdout += `${sent} packets transmitted, ${received} received, `;
    if (errors > 0) this.stdout += `+${errors} errors, `;
    this.stdout += `${Number(loss.toPrecision(6))}% packet loss, time ${time}ms\n`;
    this.stdout += this.summary();
    this.finish(received > 0 ? 0 : 1);
  }

  private get tellsTime(): boolean {
    return this.options.size >= TIMEVAL_LENGTH;
  }

  private summary(): string {
    const pipe = this.mostInFlight > 1 ? `pipe ${this.mostInFlight}` : '';
    if (this.rtts.length === 0 || !this.tellsTime) return `${pipe}\n`;
    const mean = this.rtts.reduce((sum, rtt) => sum + rtt, 0) / this.rtts.length;
    const squares = this.rtts.reduce((sum, rtt) => sum + rtt * rtt, 0) / this.rtts.length;
    const deviation = Math.sqrt(Math.max(0, squares - mean * mean));
    const figures = [Math.min(...this.rtts), mean, Math.max(...this.rtts), deviation]
      .map((value) => (value / MILLISECOND).toFixed(3))
      .join('/');
    return `rtt min/avg/max/mdev = ${figures} ms${pipe === '' ? '' : `, ${pipe}`}\n`;
  }
}

/** Bytes counting up; those that are long enough begin with a struct timeval of the sending time. */
function pingPayload(now: number, size: number): Payload {
  if (size < TIMEVAL_LENGTH) return PATTERN;
  return {
    writeTo(bytes, offset, from, length) {
      PATTERN.writeTo(bytes, offset, from, length);
      const stamp = new DataView(new ArrayBuffer(TIMEVAL_LENGTH));
      stamp.setBigUint64(0, BigInt(Math.floor(now / 1e9)), true);
      stamp.setBigUint64(8, BigInt(Math.floor((now % 1e9) / 1000)), true);
      const end = Math.min(TIMEVAL_LENGTH, from + length);
      for (let i = from; i < end; i++) bytes[offset + i - from] = stamp.getUint8(i);
    },
  };
}

/** Shorter pings carry no time, so ping tells none. */
const TIMEVAL_LENGTH = 16;
const PATTERN = new CountingPayload(256);

/** Three digits, as ping rounds them. */
function printTime(rtt: number): string {
  const ms = rtt / MILLISECOND;
  if (ms >= 99.95) return ms.toFixed(0);
  if (ms >= 9.995) return ms.toFixed(1);
  if (ms >= 0.9995) return ms.toFixed(2);
  return ms.toFixed(3);
}

/** What ping says of an ICMP error. */
function describeError(quote: IcmpQuote): string {
  if (quote.type === IcmpType.timeExceeded) {
    return quote.code === 0 ? 'Time to live exceeded' : 'Frag reassembly time exceeded';
  }
  if (quote.type === IcmpType.parameterProblem) return `Parameter problem: pointer = ${quote.word >>> 24}`;
  if (quote.type !== IcmpType.destinationUnreachable) return `Bad ICMP type: ${quote.type}`;
  switch (quote.code) {
    case UnreachableCode.net:
      return 'Destination Net Unreachable';
    case UnreachableCode.host:
      return 'Destination Host Unreachable';
    case UnreachableCode.protocol:
      return 'Destination Protocol Unreachable';
    case UnreachableCode.port:
      return 'Destination Port Unreachable';
    case UnreachableCode.fragmentationNeeded:
      return `Frag needed and DF set (mtu = ${quote.word & 0xffff})`;
    case UnreachableCode.sourceRouteFailed:
      return 'Source Route Failed';
    case UnreachableCode.communicationProhibited:
      return 'Packet filtered';
    default:
      return `Dest Unreachable, Bad Code: ${quote.code}`;
  }
}
