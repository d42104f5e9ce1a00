import { isFragment, type Packet } from '../packet.ts';
import { EtherType } from '../wire/ethernet.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { parseIpv4, parsePrefix, prefixMask } from '../wire/ipv4-address.ts';

/** Whether a frame is to be kept; asked with its fields, before any bytes are made. */
export type FrameFilter = (packet: Packet) => boolean;

/** A filter expression that cannot be read; `offset` is where in its text. */
export class FrameFilterError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
    this.name = 'FrameFilterError';
  }
}

interface Token {
  text: string;
  offset: number;
}

type Direction = 'src' | 'dst' | 'either';

/**
 * Compiles an expression in the words of pcap-filter(7): `arp`, `ip`, `icmp`, `udp`, `tcp`, `[src|dst] host A`,
 * `[src|dst] net P`, `[src|dst] port N`, `portrange A-B`, `less N`, `greater N`, with `and`, `or`, `not` and
 * parentheses. As there, `and` and `or` have equal rank and `udp port 53` means both.
 * @throws FrameFilterError
 */
export function compileFrameFilter(text: string): FrameFilter {
  const parser = new FilterParser(text);
  return parser.parse();
}

class FilterParser {
  private readonly tokens: Token[];
  private place = 0;
  private readonly end: number;

  constructor(text: string) {
    this.end = text.length;
    this.tokens = [...text.matchAll(/\(|\)|!|&&|\|\||[^\s()!]+/g)].map((match) => ({
      text: match[0],
      offset: match.index,
    }));
  }

  parse(): FrameFilter {
    const filter = this.expression();
    const rest = this.tokens[this.place];
    if (rest !== undefined) this.fail(`"${rest.text}" is not expected here`, rest);
    return filter;
  }

  private expression(): FrameFilter {
    let left = this.factor();
    for (;;) {
      if (this.take('and', '&&')) {
        const a = left;
        const b = this.factor();
        left = (packet) => a(packet) && b(packet);
      } else if (this.take('or', '||')) {
        const a = left;
        const b = this.factor();
        left = (packet) => a(packet) || b(packet);
      } else {
        return left;
      }
    }
  }

  private factor(): FrameFilter {
    if (this.take('not', '!')) {
      const inner = this.factor();
      return (packet) => !inner(packet);
    }
    if (this.take('(')) {
      const inner = this.expression();
      if (!this.take(')')) this.fail('")" is missing', this.tokens[this.place]);
      return inner;
    }
    return this.primitive();
  }

  private primitive(): FrameFilter {
    const token = this.tokens[this.place];
    const protocol = token === undefined ? undefined : protocols.get(token.text);
    if (protocol !== undefined) {
      this.place++;
      // a protocol may qualify what follows it: `udp port 53`
      const next = this.tokens[this.place]?.text;
      if (next === undefined || !QUALIFIED.has(next)) return protocol;
      const rest = this.match();
      return (packet) => protocol(packet) && rest(packet);
    }
    return this.match();
  }

  private match(): FrameFilter {
    const direction: Direction = this.take('src') ? 'src' : this.take('dst') ? 'dst' : 'either';
    const token = this.next('a protocol, host, net, port, less or greater');
    switch (token.text) {
      case 'host':
        return this.host(direction);
      case 'net':
        return this.net(direction);
      case 'port':
      case 'portrange':
        return this.port(direction, token.text === 'portrange');
      case 'less': {
        const bytes = this.number('a number of bytes');
        return (packet) => packet.length <= bytes;
      }
      case 'greater': {
        const bytes = this.number('a number of bytes');
        return (packet) => packet.length >= bytes;
      }
      default:
        this.place--;
        if (direction !== 'either') return this.host(direction);
        return this.fail(`"${token.text}" is not a word of a filter`, token);
    }
  }

  private host(direction: Direction): FrameFilter {
    const token = this.next('an IPv4 address');
    const address = parseIpv4(token.text);
    if (address === undefined) return this.fail(`"${token.text}" is not an IPv4 address`, token);
    return (packet) =>
      isIpOrArp(packet) &&
      ((direction !== 'dst' && packet.ipSource === address) ||
        (direction !== 'src' && packet.ipDestination === address));
  }

  private net(direction: Direction): FrameFilter {
    const token = this.next('a subnet');
    const prefix = parsePrefix(token.text);
    if (prefix === undefined)
      return this.fail(`"${token.text}" is not a subnet such as 10.244.0.0/16`, token);
    const mask = prefixMask(prefix.length);
    const holds = (address: number) => ((address ^ prefix.address) & mask) === 0;
    return (packet) =>
      isIpOrArp(packet) &&
      ((direction !== 'dst' && holds(packet.ipSource)) ||
        (direction !== 'src' && holds(packet.ipDestination)));
  }

  private port(direction: Direction, range: boolean): FrameFilter {
    const token = this.next('a port');
    const match = range ? /^(\d{1,5})-(\d{1,5})$/.exec(token.text) : /^(\d{1,5})$/.exec(token.text);
    if (match === null) return this.fail(`"${token.text}" is not a port${range ? ' range' : ''}`, token);
    const low = Number(match[1]);
    const high = Number(match[2] ?? match[1]);
    const holds = (port: number) => port >= low && port <= high;
    return (packet) =>
      hasPorts(packet) &&
      ((direction !== 'dst' && holds(packet.sourcePort)) ||
        (direction !== 'src' && holds(packet.destinationPort)));
  }

  private number(what: string): number {
    const token = this.next(what);
    if (!/^\d{1,9}$/.test(token.text)) this.fail(`"${token.text}" is not ${what}`, token);
    return Number(token.text);
  }

  private take(...words: string[]): boolean {
    const token = this.tokens[this.place];
    if (token === undefined || !words.includes(token.text)) return false;
    this.place++;
    return true;
  }

  private next(expected: string): Token {
    const token = this.tokens[this.place];
    if (token === undefined) return this.fail(`the filter ends where ${expected} is expected`, undefined);
    this.place++;
    return token;
  }

  private fail(message: string, token: Token | undefined): never {
    throw new FrameFilterError(message, token?.offset ?? this.end);
  }
}

/** Words before which a protocol only qualifies. */
const QUALIFIED = new Set(['src', 'dst', 'host', 'net', 'port', 'portrange']);

function ofProtocol(protocol: number): FrameFilter {
  return (packet) => packet.etherType === EtherType.ipv4 && packet.protocol === protocol;
}

const protocols = new Map<string, FrameFilter>([
  ['arp', (packet) => packet.etherType === EtherType.arp],
  ['ip', (packet) => packet.etherType === EtherType.ipv4],
  ['icmp', ofProtocol(IpProtocol.icmp)],
  ['udp', ofProtocol(IpProtocol.udp)],
  ['tcp', ofProtocol(IpProtocol.tcp)],
]);

function isIpOrArp(packet: Packet): boolean {
  return packet.etherType === EtherType.ipv4 || packet.etherType === EtherType.arp;
}

function hasPorts(packet: Packet): boolean {
  const transport = packet.protocol === IpProtocol.udp || packet.protocol === IpProtocol.tcp;
  return packet.etherType === EtherType.ipv4 && transport && !isFragment(packet);
}
