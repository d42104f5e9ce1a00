import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import { IcmpType } from '../wire/icmp.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4-address.ts';
import { IP_OPTIONS_MAX } from '../wire/ipv4-options.ts';
import { PingOptionsPrinter } from './ping-ip-options.ts';
import { describeError, printTime } from './ping-text.ts';
import { printMilliseconds, RoundTrips } from './round-trips.ts';

/** Shorter pings carry no time, so ping tells none. */
export const TIMEVAL_LENGTH = 16;

/** Counts as ping's last lines give them. */
export interface PingResult {
  sent: number;
  received: number;
  errors: number;
}

/** What the text depends on. */
export interface PingReportOptions {
  target: string;
  size: number;
  quiet: boolean;
  /** Each line begins with the time of day. */
  timestamps: boolean;
  /** IPv4 options are sent along. */
  records: boolean;
  /** Answers of several hosts to one request are no duplicates. */
  group: boolean;
  /** A second figure about the pace, for a ping without interval. */
  flood: boolean;
  nameOf: (address: Ipv4Address) => string | undefined;
}

/** An echo reply as ping looks at it. */
export interface PingReply {
  sequence: number;
  from: Ipv4Address;
  ttl: number;
  /** ICMP header and data. */
  bytes: number;
  /** Microseconds. */
  rtt: number;
  ipOptions: Uint8Array | null;
}

/** What ping counts and what it prints, as text of whole lines. */
export class PingReport {
  readonly result: PingResult = { sent: 0, received: 0, errors: 0 };
  readonly roundTrips = new RoundTrips();
  /** How far behind the last request an answer was at most. */
  mostInFlight = 0;
  private duplicates = 0;
  private readonly optionsPrinter = new PingOptionsPrinter();

  constructor(private readonly options: PingReportOptions) {}

  /** @param from the source address and interface, when they were asked for */
  header(to: Ipv4Address, from: { address: Ipv4Address; device: string } | undefined): string {
    const { target, size, records } = this.options;
    const headers = records ? 28 + IP_OPTIONS_MAX : 28; // room for all options that there can be
    const origin = from === undefined ? '' : `from ${formatIpv4(from.address)} ${from.device}: `;
    return `PING ${target} (${formatIpv4(to)}) ${origin}${size}(${size + headers}) bytes of data.\n`;
  }

  /** @param now nanoseconds */
  reply(reply: PingReply, again: boolean, now: number): string {
    const { bytes, from, sequence, ttl, rtt, ipOptions } = reply;
    const { quiet, group } = this.options;
    if (again) this.duplicates++;
    else this.result.received++;
    this.roundTrips.add(rtt);
    if (quiet) return '';
    const record = ipOptions === null ? '' : this.optionsPrinter.print(ipOptions);
    const time = this.tellsTime ? ` time=${printTime(rtt)} ms` : '';
    const duplicate = again && !group ? ' (DUP!)' : '';
    const origin = `${bytes} bytes from ${this.name(from)}`;
    return `${this.stamp(now)}${origin}: icmp_seq=${sequence} ttl=${ttl}${time}${duplicate}${record}\n`;
  }

  error(quote: IcmpQuote, sequence: number, now: number): string {
    const { quiet } = this.options;
    const reporter = `${this.stamp(now)}From ${this.name(quote.reporter)}`;
    if (quote.type === IcmpType.redirect) {
      // told, but not counted: the request goes on its way
      const redirect = `Redirect Host(New nexthop: ${this.name(quote.word)})`;
      return quiet ? '' : `${reporter}: icmp_seq=${sequence} ${redirect}\n`;
    }
    this.result.errors++;
    return quiet ? '' : `${reporter} icmp_seq=${sequence} ${describeError(quote)}\n`;
  }

  missing(sequence: number, now: number): string {
    return `${this.stamp(now)}no answer yet for icmp_seq=${sequence}\n`;
  }

  /** @param elapsed nanoseconds from the beginning to the last request */
  statistics(elapsed: number): string {
    const { sent, received, errors } = this.result;
    let text = `\n--- ${this.options.target} ping statistics ---\n`;
    text += `${sent} packets transmitted, ${received} received`;
    if (this.duplicates > 0) text += `, +${this.duplicates} duplicates`;
    if (errors > 0) text += `, +${errors} errors`;
    if (sent > 0) {
      const loss = Number((((sent - received) * 100) / sent).toPrecision(6));
      text += `, ${loss}% packet loss, time ${Math.floor(elapsed / 1e6 + 0.5)}ms`;
    }
    const summary = this.summary(elapsed).filter((part) => part !== '');
    return `${text}\n${summary.join(', ')}\n`;
  }

  private summary(elapsed: number): string[] {
    const { minimum, maximum, mean, deviation, movingAverage, count } = this.roundTrips;
    const { sent, received } = this.result;
    const figures = [minimum, mean, maximum, deviation].map(printMilliseconds).join('/');
    const gap = Math.floor(elapsed / 1000 / (sent - 1));
    const pace = [gap, movingAverage].map(printMilliseconds).join('/');
    return [
      count > 0 && this.tellsTime ? `rtt min/avg/max/mdev = ${figures} ms` : '',
      this.mostInFlight > 1 ? `pipe ${this.mostInFlight}` : '',
      this.options.flood && received > 0 && sent > 1 ? `ipg/ewma ${pace} ms` : '',
    ];
  }

  /** What SIGQUIT makes it print. */
  status(): string {
    const { sent, received } = this.result;
    const { minimum, maximum, mean, movingAverage, count } = this.roundTrips;
    const loss = sent === 0 ? 0 : Math.floor(((sent - received) * 100) / sent);
    const figures = [minimum, mean, movingAverage, maximum].map(printMilliseconds).join('/');
    const times = count > 0 && this.tellsTime ? `, min/avg/ewma/max = ${figures} ms` : '';
    return `\r${received}/${sent} packets, ${loss}% loss${times}\n`;
  }

  private get tellsTime(): boolean {
    return this.options.size >= TIMEVAL_LENGTH;
  }

  private stamp(now: number): string {
    return this.options.timestamps ? `[${(Math.floor(now / 1000) / 1e6).toFixed(6)}] ` : '';
  }

  private name(address: Ipv4Address): string {
    const name = this.options.nameOf(address);
    return name === undefined ? formatIpv4(address) : `${name} (${formatIpv4(address)})`;
  }
}
