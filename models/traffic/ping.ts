import { type Errno, errnoText } from '../netns/control-error.ts';
import type { Interface } from '../netns/interface/interface.ts';
import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { timerExpiry } from '../netns/time/jiffies.ts';
import type { Packet } from '../packet.ts';
import { CountingPayload, type Payload, RepeatingPayload } from '../payload.ts';
import { PingSocket } from '../transport/ping-socket.ts';
import type { PathMtuDiscovery } from '../transport/udp.ts';
import { IcmpType } from '../wire/icmp.ts';
import { formatIpv4, type Ipv4Address, isMulticast } from '../wire/ipv4-address.ts';
import { type PingRecord, pingIpOptions } from './ping-ip-options.ts';
import { type PingReply, PingReport, type PingResult, TIMEVAL_LENGTH } from './ping-report.ts';
import { Program, WAKE_LATENCY } from './program.ts';
import type { RoundTrips } from './round-trips.ts';

const MILLISECOND = 1e6;
/** ping gives up on missing replies after this long, unless `-W` says otherwise. */
const DEFAULT_LINGER = 10e9;
/** Slack of a poll(2) time-out: the process runs a little late. */
const POLL_SLACK = 100_000;
/** Milliseconds for which an unanswered flood waits, and the shortest that ping sleeps (`MININTERVAL`). */
const SHORTEST_INTERVAL = 10;
/** Milliseconds after which a request is tried again for which there was no buffer, if less than half an interval. */
const BUFFER_PATIENCE = 500;

export interface PingOptions {
  to: Ipv4Address;
  /** As the user typed it. */
  target?: string;
  /** `-c`; 0 for no limit. */
  count: number;
  /** `-i`, nanoseconds, taken in whole milliseconds. Default 1 s. */
  interval?: number;
  /** `-s`, data bytes. Default 56. */
  size?: number;
  /** `-t`. */
  ttl?: number;
  /** `-W`, nanoseconds. */
  wait?: number;
  /** `-w`, nanoseconds: ends then, or with the first error. */
  deadline?: number;
  /** `-M`. */
  pathMtuDiscovery?: PathMtuDiscovery;
  /** `-I` with an address. */
  source?: Ipv4Address;
  /** `-I` with an interface. */
  device?: Interface;
  /** `-B`: the source address of the first way is kept. */
  keepSource?: boolean;
  quiet?: boolean;
  /** `-R` or `-T`. */
  record?: PingRecord;
  /** `-b`. */
  broadcast?: boolean;
  /** `-Q`. */
  tos?: number;
  /** `-m`. */
  mark?: number;
  /** `-p`, the bytes that are repeated. */
  pattern?: Uint8Array;
  /** `-O`. */
  tellMissing?: boolean;
  /** `-D`. */
  timestamps?: boolean;
  /** The name of an address, unless `-n` was given. */
  nameOf?: (address: Ipv4Address) => string | undefined;
}

export type { PingResult } from './ping-report.ts';

/** Options without which the socket is left as it is. */
type Optional = 'source' | 'device' | 'pathMtuDiscovery' | 'record' | 'pattern';

/** What ping takes a refused permission for. */
const BROADCAST_HINT = 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules';

type Incoming = ({ kind: 'reply' } & PingReply) | { kind: 'error'; sequence: number; quote: IcmpQuote };

/**
 * ping of iputils, with the rhythm that its main loop has: it sleeps in `recvmsg` with a time-out of a kernel
 * timer while nothing has come in within the last millisecond, and in `poll` with a precise one otherwise.
 */
export class Ping extends Program {
  private readonly options: Required<Omit<PingOptions, Optional>> & Pick<PingOptions, Optional>;
  /** Milliseconds between two requests. */
  private readonly interval: number;
  private readonly data: Payload;
  private readonly socket: PingSocket;
  private readonly report: PingReport;
  /** By sequence number. */
  private readonly sentAt = new Map<number, number>();
  /** Sequence numbers of requests that have been answered. */
  private readonly answered = new Set<number>();
  /** Sequence numbers of requests that netfilter did not let go. */
  private readonly refused = new Set<number>();
  private readonly inbox: Incoming[] = [];
  private startedAt = -1;
  private lastTried = -1;
  /** When the alarm goes that ends it. */
  private alarm = Number.POSITIVE_INFINITY;
  private lingers = false;
  /** Asleep with a kernel timer. */
  private timedOut = false;
  /** The latest request that an answer has come to. */
  private acknowledged = 0;
  /** How often in a row there was no buffer. */
  private refusals = 0;

  constructor(namespace: NetworkNamespace, options: PingOptions) {
    super(namespace);
    this.options = {
      target: formatIpv4(options.to),
      interval: 1e9,
      size: 56,
      ttl: 0,
      wait: DEFAULT_LINGER,
      deadline: 0,
      keepSource: false,
      quiet: false,
      broadcast: false,
      tos: 0,
      mark: 0,
      tellMissing: false,
      timestamps: false,
      nameOf: () => undefined,
      ...options,
    };
    this.interval = Math.floor(this.options.interval / MILLISECOND);
    this.data = options.pattern === undefined ? COUNTING : new RepeatingPayload(options.pattern);
    this.report = new PingReport({
      ...this.options,
      records: options.record !== undefined,
      group: this.toGroup,
      flood: this.interval === 0,
    });
    this.socket = this.openSocket();
  }

  get result(): PingResult {
    return this.report.result;
  }

  get roundTrips(): RoundTrips {
    return this.report.roundTrips;
  }

  private get toGroup(): boolean {
    return this.options.broadcast || isMulticast(this.options.to);
  }

  private openSocket(): PingSocket {
    const { ttl, tos, mark, source, device, record } = this.options;
    const socket = new PingSocket(this.namespace);
    const discovery = this.options.pathMtuDiscovery ?? (this.toGroup ? 'do' : undefined);
    if (discovery !== undefined) socket.pathMtuDiscovery = discovery;
    socket.ttl = ttl;
    socket.tos = tos;
    socket.mark = mark;
    socket.source = source ?? 0;
    socket.device = device ?? null;
    if (record !== undefined) socket.ipOptions = pingIpOptions(record);
    socket.onReply = (packet) => this.onReply(packet);
    socket.onError = (quote) => this.onError(quote);
    return socket;
  }

  override interrupt(): void {
    this.end();
  }

  /** Prints how it stands, as SIGQUIT makes ping do. */
  status(): void {
    this.stderr += this.report.status();
    this.flush();
  }

  protected override wake(): void {
    if (this.startedAt < 0 && !this.begin()) return;
    // a time-out of recvmsg sends first, even if something came in at the same tick
    const now = this.simulation.now;
    if (this.timedOut && now < this.alarm && this.untilNext(now) <= 0) this.send();
    this.timedOut = false;
    this.readInbox();
    if (this.isComplete || now >= this.alarm) {
      this.end();
      return;
    }
    this.pace(now);
    // what came in while it sent is read next
    if (this.exit === null && this.inbox.length > 0) this.interrupted();
  }

  private get isComplete(): boolean {
    const { count, deadline } = this.options;
    const { received, errors } = this.result;
    return (count > 0 && received + errors >= count) || (deadline > 0 && errors > 0);
  }

  /** Sends when it is time, then sleeps until the next time (`main_loop`). */
  private pace(now: number): void {
    let wait = this.untilNext(now);
    while (wait <= 0) {
      this.send();
      wait = this.untilNext(now);
    }
    if (wait === Number.POSITIVE_INFINITY) {
      if (!this.lingers) this.alarm = Math.min(this.alarm, now + this.linger());
      this.lingers = true;
      if (this.alarm !== Number.POSITIVE_INFINITY) this.sleepUntil(this.alarm);
      return;
    }
    const longest = Math.max(this.interval, SHORTEST_INTERVAL);
    let until = now + wait * MILLISECOND;
    if (wait >= longest) {
      this.timedOut = true;
      until = timerExpiry(now, longest * MILLISECOND) + WAKE_LATENCY;
    } else if (wait > SHORTEST_INTERVAL || this.inFlight > 0) {
      until = now + Math.max(wait, SHORTEST_INTERVAL) * MILLISECOND + POLL_SLACK;
    }
    this.sleepUntil(Math.min(until, this.alarm));
  }

  /** Milliseconds until the next request may go (`pinger`); endless when none is to go any more. */
  private untilNext(now: number): number {
    const { count, deadline } = this.options;
    const { sent } = this.result;
    if (count > 0 && sent >= count && deadline === 0) return Number.POSITIVE_INFINITY;
    if (this.lastTried < 0) return 0;
    const elapsed = Math.floor((now - this.lastTried) / MILLISECOND);
    const unanswered = this.interval === 0 && this.inFlight > 0;
    return (unanswered ? SHORTEST_INTERVAL : this.interval) - elapsed;
  }

  private get inFlight(): number {
    return this.result.sent - this.acknowledged;
  }

  /** How long to wait for what is missing: as long as the slowest reply twice, at least one interval. */
  private linger(): number {
    // no time to wait sets no alarm
    if (this.result.received === 0) return this.options.wait || Number.POSITIVE_INFINITY;
    // here an answer may take no time at all
    const longest = Math.max(this.interval, SHORTEST_INTERVAL);
    return Math.max(2000 * this.roundTrips.maximum, longest * MILLISECOND);
  }

  private begin(): boolean {
    const { to, device, keepSource, deadline } = this.options;
    const source = this.options.source ?? this.probeSource();
    if (source === null || !this.mayUse(source)) {
      this.socket.close();
      this.finish(2);
      return false;
    }
    this.startedAt = this.simulation.now;
    if (deadline > 0) this.alarm = this.startedAt + deadline;
    const strict = this.options.source !== undefined || keepSource || device !== undefined;
    const from = { address: source, device: device?.name ?? '' };
    if (keepSource) this.socket.source = source;
    this.stdout += this.report.header(to === 0 ? source : to, strict ? from : undefined);
    return true;
  }

  /** The source address of the way there; null when there is none, which it has said then. */
  private probeSource(): Ipv4Address | null {
    const { to, device, broadcast } = this.options;
    let source = this.socket.checkRoute(to);
    if (source === 'EACCES') {
      if (broadcast) this.stderr += 'WARNING: pinging broadcast address\n';
      this.socket.broadcast = broadcast;
      source = broadcast ? this.socket.checkRoute(to) : source;
    }
    if (typeof source === 'string') {
      const hint = source === 'EACCES' && !broadcast;
      this.complain(hint ? BROADCAST_HINT : `connect: ${errnoText(source)}`);
      return null;
    }
    if (device === undefined) return source;
    // what goes to this host itself comes in by loopback
    if (source === to) this.socket.device = null;
    if (!device.addresses.some(({ address }) => address === source)) {
      this.complain(`Warning: source address might be selected on device other than: ${device.name}`);
    }
    return source;
  }

  private mayUse(source: Ipv4Address): boolean {
    if (this.options.source === undefined || this.namespace.hasAddress(source)) return true;
    this.complain(`bind: ${errnoText('EADDRNOTAVAIL')}`);
    return false;
  }

  private complain(text: string): void {
    this.stderr += `ping: ${text}\n`;
  }

  private send(): void {
    const { to, size, tellMissing } = this.options;
    const now = this.simulation.now;
    const last = this.result.sent;
    this.lastTried = now;
    if (tellMissing && last > 0 && !this.answered.has(last & 0xffff)) {
      this.stdout += this.report.missing(last, now);
    }
    const sequence = last + 1;
    this.sentAt.set(sequence & 0xffff, now);
    this.answered.delete(sequence & 0xffff);
    const errno = this.socket.send(to, sequence, size, this.payload(now));
    if (errno === 'ENOBUFS' && this.triesAgain()) return;
    if (errno === null) this.refusals = 0;
    this.result.sent++;
    // a packet that netfilter drops is none to complain of, unless an ICMP error says so as well
    if (errno === 'EPERM') this.refused.add(sequence & 0xffff);
    else if (errno !== null) this.localError(errno);
  }

  /** Whether a request for which there was no buffer counts as not sent, and another will be tried. */
  private triesAgain(): boolean {
    const half = Math.floor(this.interval / 2);
    this.refusals++;
    const patience = Math.min(Math.max(half, SHORTEST_INTERVAL), BUFFER_PATIENCE);
    return this.refusals * patience * MILLISECOND < this.options.wait;
  }

  /** What the socket says at once; only the first of these is counted, and most are not even told. */
  private localError(errno: Errno): void {
    if (this.options.quiet) return;
    if (errno === 'EMSGSIZE') {
      this.result.errors++;
      this.complain(`local error: message too long, mtu=${this.socket.mtuTo(this.options.to)}`);
    } else if (errno === 'ENOBUFS') this.complain(`sendmsg: ${errnoText(errno)}`);
  }

  private onReply(packet: Packet): void {
    const sequence = packet.icmpWord & 0xffff;
    const sent = this.sentAt.get(sequence);
    if (sent === undefined) return;
    const rtt = Math.floor(this.simulation.now / 1000) - Math.floor(sent / 1000);
    const bytes = packet.payloadLength + 8;
    const { ipSource: from, ttl, options: ipOptions } = packet;
    this.inbox.push({ kind: 'reply', sequence, from, ttl, bytes, rtt, ipOptions });
    this.interrupted();
  }

  private onError(quote: IcmpQuote): void {
    this.inbox.push({ kind: 'error', sequence: quote.secondWord & 0xffff, quote });
    this.interrupted();
  }

  /** Reads what has come in, until it has all that it wants. */
  private readInbox(): void {
    for (let incoming = this.inbox.shift(); incoming !== undefined; incoming = this.inbox.shift()) {
      if (incoming.kind === 'reply') this.readReply(incoming);
      else this.readError(incoming.quote, incoming.sequence);
      if (this.inFlight === 0 && this.isComplete) return;
    }
  }

  private readReply(reply: PingReply): void {
    const { sequence } = reply;
    this.acknowledge(sequence);
    this.stdout += this.report.reply(reply, this.answered.has(sequence), this.simulation.now);
    this.answered.add(sequence);
  }

  private readError(quote: IcmpQuote, sequence: number): void {
    if (quote.type !== IcmpType.redirect) this.acknowledge(sequence);
    this.stdout += this.report.error(quote, sequence, this.simulation.now);
    if (this.refused.delete(sequence) && !this.options.quiet) {
      this.complain(`sendmsg: ${errnoText('EPERM')}`);
    }
  }

  private acknowledge(sequence: number): void {
    const behind = (this.result.sent - sequence) & 0xffff;
    if (behind > 0x7fff) return;
    this.report.mostInFlight = Math.max(this.report.mostInFlight, behind + 1);
    this.acknowledged = Math.max(this.acknowledged, this.result.sent - behind);
  }

  private end(): void {
    const { count, deadline } = this.options;
    const { received } = this.result;
    this.socket.close();
    this.stdout += this.report.statistics(this.lastTried - this.startedAt);
    this.finish(received === 0 || (deadline > 0 && received < count) ? 1 : 0);
  }

  /** A struct timeval of the sending time, where there is room for it, and the data. */
  private payload(now: number): Payload {
    const { data } = this;
    if (this.options.size < TIMEVAL_LENGTH) return data;
    return {
      writeTo(bytes, offset, from, length) {
        data.writeTo(bytes, offset, from, length);
        const stamp = new DataView(new ArrayBuffer(TIMEVAL_LENGTH));
        stamp.setBigUint64(0, BigInt(Math.floor(now / 1e9)), true);
        stamp.setBigUint64(8, BigInt(Math.floor((now % 1e9) / 1000)), true);
        const end = Math.min(TIMEVAL_LENGTH, from + length);
        for (let i = from; i < end; i++) bytes[offset + i - from] = stamp.getUint8(i);
      },
    };
  }
}

/** Bytes counting up. */
const COUNTING = new CountingPayload(256);
