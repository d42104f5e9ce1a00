import { type Errno, errnoText } from '../netns/control-error.ts';
import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { routeOutput } from '../netns/routing/route-output.ts';
import type { Payload } from '../payload.ts';
import { PingSocket } from '../transport/ping-socket.ts';
import { UdpSocket } from '../transport/udp.ts';
import { ICMP_HEADER_LENGTH, IcmpType } from '../wire/icmp.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4-address.ts';
import { Program } from './program.ts';

const FIRST_PORT = 33_434;
/** IP length of a probe. */
const DEFAULT_LENGTH = 60;

export interface TracerouteOptions {
  to: Ipv4Address;
  target?: string;
  /** `-I`: echo requests instead of UDP. */
  icmp?: boolean;
  /** `-q`. Default 3. */
  queries?: number;
  /** `-N`, probes on their way at once. Default 16. */
  simultaneous?: number;
  /** `-w`, nanoseconds. Default 5 s. */
  wait?: number;
  /** `-m`. Default 30. */
  maxTtl?: number;
}

interface Probe {
  ttl: number;
  sentAt: number;
  close(): void;
  answer: { from: Ipv4Address; rtt: number; final: boolean; mark: string } | null;
  expired: boolean;
}

/** traceroute of Linux: probes with growing TTL, by UDP to growing ports or by ICMP echo. */
export class Traceroute extends Program {
  private readonly options: Required<TracerouteOptions>;
  private readonly probes: Probe[] = [];
  private begun = false;
  private echo: PingSocket | null = null;
  private printed = 0;
  /** TTL at which the target itself answered. */
  private lastTtl: number;

  constructor(namespace: NetworkNamespace, options: TracerouteOptions) {
    super(namespace);
    this.options = {
      target: formatIpv4(options.to),
      icmp: false,
      queries: 3,
      simultaneous: 16,
      wait: 5e9,
      maxTtl: 30,
      ...options,
    };
    this.lastTtl = this.options.maxTtl;
  }

  override interrupt(): void {
    this.end();
  }

  protected override wake(): void {
    if (!this.begun && !this.begin()) return;
    const now = this.simulation.now;
    for (const probe of this.probes) {
      if (probe.answer === null && now >= probe.sentAt + this.options.wait) probe.expired = true;
    }
    this.printAnswers();
    while (this.maySend()) if (!this.sendNext()) return;
    if (this.printed >= this.lastTtl * this.options.queries) {
      this.end();
      return;
    }
    const open = this.probes.filter((probe) => probe.answer === null && !probe.expired);
    const next = Math.min(...open.map((probe) => probe.sentAt + this.options.wait));
    if (open.length > 0) this.sleepUntil(next);
  }

  private begin(): boolean {
    const { target, to, maxTtl } = this.options;
    this.begun = true;
    this.stdout += `traceroute to ${target} (${formatIpv4(to)}), ${maxTtl} hops max, ${DEFAULT_LENGTH} byte packets\n`;
    const decision = routeOutput(this.namespace, 0, to);
    if (decision.kind !== 'error' && decision.kind !== 'drop') return true;
    this.fail(decision.errno);
    return false;
  }

  private maySend(): boolean {
    const { queries, simultaneous } = this.options;
    const open = this.probes.filter((probe) => probe.answer === null && !probe.expired).length;
    return open < simultaneous && this.probes.length < this.lastTtl * queries;
  }

  private sendNext(): boolean {
    const number = this.probes.length;
    const ttl = Math.floor(number / this.options.queries) + 1;
    const probe: Probe = { ttl, sentAt: this.simulation.now, close: () => {}, answer: null, expired: false };
    this.probes.push(probe);
    const errno = this.options.icmp ? this.sendEcho(probe, number) : this.sendUdp(probe, number);
    if (errno !== null) this.fail(errno);
    return errno === null;
  }

  private sendUdp(probe: Probe, number: number): Errno | null {
    const socket = new UdpSocket(this.namespace);
    socket.ttl = probe.ttl;
    socket.pathMtuDiscovery = 'dont';
    socket.onIcmp = (quote) => this.onError(probe, quote);
    probe.close = () => socket.close();
    return socket.sendTo(this.options.to, FIRST_PORT + number, DEFAULT_LENGTH - 28, UDP_PROBE_DATA);
  }

  private sendEcho(probe: Probe, number: number): Errno | null {
    this.echo ??= this.openEcho();
    this.echo.ttl = probe.ttl;
    return this.echo.send(this.options.to, number + 1, DEFAULT_LENGTH - 28, ICMP_PROBE_DATA);
  }

  private openEcho(): PingSocket {
    const socket = new PingSocket(this.namespace);
    socket.pathMtuDiscovery = 'dont';
    socket.onError = (quote) => this.onError(this.probes[(quote.secondWord & 0xffff) - 1], quote);
    socket.onReply = (packet) => {
      this.onAnswer(this.probes[(packet.icmpWord & 0xffff) - 1], packet.ipSource, true, '');
    };
    return socket;
  }

  private onError(probe: Probe | undefined, quote: IcmpQuote): void {
    if (quote.type === IcmpType.redirect) return;
    const unreachable = quote.type === IcmpType.destinationUnreachable;
    const marks = [' !N', ' !H', ' !P', '', ' !F'];
    const mark = unreachable ? (marks[quote.code] ?? ' !X') : '';
    this.onAnswer(probe, quote.reporter, unreachable, mark);
  }

  private onAnswer(probe: Probe | undefined, from: Ipv4Address, final: boolean, mark: string): void {
    if (probe === undefined || probe.answer !== null) return;
    probe.answer = { from, rtt: this.simulation.now - probe.sentAt, final, mark };
    if (final) this.lastTtl = Math.min(this.lastTtl, probe.ttl);
    this.interrupted();
  }

  /** Prints the probes in their order, as far as their fate is known. */
  private printAnswers(): void {
    const { queries } = this.options;
    while (this.printed < Math.min(this.probes.length, this.lastTtl * queries)) {
      const probe = this.probes[this.printed];
      if (probe.answer === null && !probe.expired) return;
      probe.close();
      if (this.printed % queries === 0) this.stdout += `${String(probe.ttl).padStart(2)} `;
      this.stdout += this.describe(probe, this.printed % queries === 0);
      this.printed++;
      if (this.printed % queries === 0) this.stdout += '\n';
    }
  }

  private describe(probe: Probe, first: boolean): string {
    if (probe.answer === null) return ' *';
    const before = first ? undefined : this.probes[this.printed - 1].answer?.from;
    const { from, rtt, mark } = probe.answer;
    return `${from === before ? '' : ` ${formatIpv4(from)}`}  ${(rtt / 1e6).toFixed(3)} ms${mark}`;
  }

  private fail(errno: Errno): void {
    this.stdout += ' 1 ';
    this.stderr += ` send: ${errnoText(errno)}\n`;
    this.closeAll();
    this.finish(1);
  }

  private end(): void {
    this.closeAll();
    this.finish(0);
  }

  private closeAll(): void {
    for (const probe of this.probes) probe.close();
    this.echo?.close();
  }
}

/** Bytes counting up from 0x40, as traceroute fills its probes; by ICMP the header is counted in. */
class ProbeData implements Payload {
  constructor(private readonly first: number) {}

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    for (let i = 0; i < length; i++) bytes[offset + i] = 0x40 + ((this.first + from + i) & 0x3f);
  }
}

const UDP_PROBE_DATA = new ProbeData(0);
const ICMP_PROBE_DATA = new ProbeData(ICMP_HEADER_LENGTH);
