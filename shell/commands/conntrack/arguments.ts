import type { AddressMatch, TcpConntrackState } from '../../../models/netfilter/control-types.ts';
import { parseIpv4, prefixMask } from '../../../models/wire/ipv4-address.ts';
import { NotSupported } from '../../failure.ts';
import { ipProtocols } from '../iptables/protocols.ts';
import { serviceNumber } from '../iptables/services.ts';
import { parameterProblem } from './errors.ts';
import type { FlowFilter, FlowStatus } from './filter.ts';

export type ConntrackCommand =
  | 'list'
  | 'delete'
  | 'flush'
  | 'count'
  | 'statistics'
  | 'get'
  | 'version'
  | 'help';

export interface ConntrackLine {
  command?: ConntrackCommand;
  /** The family asked for is IPv4 or none. */
  ipv4: boolean;
  filter: FlowFilter;
  extended: boolean;
  id: boolean;
}

const COMMANDS: Readonly<Record<string, ConntrackCommand>> = {
  '-L': 'list',
  '--dump': 'list',
  '-D': 'delete',
  '--delete': 'delete',
  '-F': 'flush',
  '--flush': 'flush',
  '-C': 'count',
  '--count': 'count',
  '-S': 'statistics',
  '--stats': 'statistics',
  '-G': 'get',
  '--get': 'get',
  '-V': 'version',
  '--version': 'version',
  '-h': 'help',
  '--help': 'help',
};

/** Commands that make or change connections, or wait for them to change. */
const UNMODELLED_COMMANDS: Readonly<Record<string, string>> = {
  '-I': '-I',
  '--create': '-I',
  '-A': '-A',
  '--add': '-A',
  '-U': '-U',
  '--update': '-U',
  '-E': '-E',
  '--event': '-E',
  '-R': '-R',
  '--load-file': '-R',
};

const STATUSES: readonly FlowStatus[] = [
  'ASSURED',
  'SEEN_REPLY',
  'UNSET',
  'FIXED_TIMEOUT',
  'EXPECTED',
  'CONFIRMED',
  'UNREPLIED',
];
const STATES: readonly TcpConntrackState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
];
const OUTPUTS = ['xml', 'save', 'extended', 'timestamp', 'id', 'ktimestamp', 'labels', 'userspace'];
const PROTOCOLS_WITH_PORTS = [6, 17, 132, 33, 136];
const ICMP = 1;

type Taker = (line: ConntrackLine, value: string) => void;

/** Options of every protocol; `?` marks those whose value may be missing. */
const OPTIONS: Readonly<Record<string, Taker>> = {
  '-p': (line, value) => {
    line.filter.protocol = protocol(value);
  },
  '-s': (line, value) => {
    line.filter.originalSource = network(value);
  },
  '-d': (line, value) => {
    line.filter.originalDestination = network(value);
  },
  '-r': (line, value) => {
    line.filter.replySource = network(value);
  },
  '-q': (line, value) => {
    line.filter.replyDestination = network(value);
  },
  '-f': (line, value) => {
    if (value !== 'ipv4' && value !== 'ipv6') throw parameterProblem(`\`${value}' unsupported protocol`);
    line.ipv4 = value === 'ipv4';
  },
  '-m': (line, value) => {
    line.filter.mark = mark(value);
  },
  '-u': (line, value) => {
    line.filter.status = value.split(',').map((word) => oneOf(STATUSES, word));
  },
  '-w': (line, value) => {
    line.filter.zone = Number(value);
  },
  '-o': output,
};

const LONG: Readonly<Record<string, string>> = {
  '--protonum': '-p',
  '--proto': '-p',
  '--src': '-s',
  '--orig-src': '-s',
  '--dst': '-d',
  '--orig-dst': '-d',
  '--reply-src': '-r',
  '--reply-dst': '-q',
  '--family': '-f',
  '--mark': '-m',
  '--status': '-u',
  '--zone': '-w',
  '--output': '-o',
  '--src-nat': '-n',
  '--dst-nat': '-g',
  '--any-nat': '-j',
};

const NAT: Readonly<Record<string, 'sourceNat' | 'destinationNat' | 'anyNat'>> = {
  '-n': 'sourceNat',
  '-g': 'destinationNat',
  '-j': 'anyNat',
};

type PortKey = `${'originalSource' | 'originalDestination' | 'replySource' | 'replyDestination'}Port`;
const PORTS: Readonly<Record<string, PortKey>> = {
  '--sport': 'originalSourcePort',
  '--orig-port-src': 'originalSourcePort',
  '--dport': 'originalDestinationPort',
  '--orig-port-dst': 'originalDestinationPort',
  '--reply-port-src': 'replySourcePort',
  '--reply-port-dst': 'replyDestinationPort',
};
const ICMP_NUMBERS: Readonly<Record<string, 'icmpType' | 'icmpCode' | 'icmpId'>> = {
  '--icmp-type': 'icmpType',
  '--icmp-code': 'icmpCode',
  '--icmp-id': 'icmpId',
};

/** Reads a line of conntrack. */
export function parseArguments(words: readonly string[]): ConntrackLine {
  return new ArgumentParser(words).parse();
}

class ArgumentParser {
  private readonly line: ConntrackLine = { ipv4: true, filter: {}, extended: false, id: false };
  private at = 0;

  constructor(private readonly words: readonly string[]) {}

  parse(): ConntrackLine {
    while (this.at < this.words.length) {
      const word = this.words[this.at++];
      const equals = word.startsWith('--') ? word.indexOf('=') : -1;
      this.option(equals < 0 ? word : word.slice(0, equals), equals < 0 ? undefined : word.slice(equals + 1));
    }
    return this.line;
  }

  private option(word: string, attached: string | undefined): void {
    const command = COMMANDS[word];
    if (UNMODELLED_COMMANDS[word] !== undefined) {
      throw new NotSupported('conntrack', UNMODELLED_COMMANDS[word]);
    }
    if (command !== undefined) this.command(command);
    else this.parameter(LONG[word] ?? word, word, attached);
  }

  private command(command: ConntrackCommand): void {
    if (this.line.command !== undefined) throw parameterProblem('Invalid commands combination');
    this.line.command = command;
    const table = this.words[this.at];
    if (table === undefined || table.startsWith('-')) return;
    this.at++;
    if (['expect', 'dying', 'unconfirmed'].includes(table))
      throw new NotSupported('conntrack', `the table ${table}`);
    if (table !== 'conntrack') throw parameterProblem(`unknown type \`${table}'`);
  }

  private parameter(option: string, spelling: string, attached: string | undefined): void {
    const nat = NAT[option];
    if (nat !== undefined) this.nat(nat, attached);
    else if (OPTIONS[option] !== undefined) OPTIONS[option](this.line, attached ?? this.value(spelling));
    else if (!this.ofProtocol(option, attached)) throw parameterProblem(`unknown option \`${spelling}'`);
  }

  private value(spelling: string): string {
    const value = this.words[this.at++];
    if (value === undefined) throw parameterProblem(`option \`${spelling}' requires an argument`);
    return value;
  }

  private nat(key: 'sourceNat' | 'destinationNat' | 'anyNat', attached: string | undefined): void {
    const next = this.words[this.at];
    if (attached !== undefined || (next !== undefined && !next.startsWith('-'))) {
      throw new NotSupported('conntrack', 'selecting by the address of a translation');
    }
    this.line.filter[key] = true;
  }

  /** Options that there are only after `-p`. */
  private ofProtocol(option: string, attached: string | undefined): boolean {
    const { filter } = this.line;
    const value = () => attached ?? this.value(option);
    if (PORTS[option] !== undefined && PROTOCOLS_WITH_PORTS.includes(filter.protocol ?? -1)) {
      filter[PORTS[option]] = port(value(), filter.protocol!);
    } else if (ICMP_NUMBERS[option] !== undefined && filter.protocol === ICMP) {
      filter[ICMP_NUMBERS[option]] = Number(value());
    } else if (option === '--state' && filter.protocol === 6) {
      filter.state = tcpState(value());
    } else return false;
    return true;
  }
}

function protocol(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  for (const [number, name] of ipProtocols) if (name === text.toLowerCase() && number > 0) return number;
  throw parameterProblem(`\`${text}' unsupported protocol`);
}

function network(text: string): AddressMatch {
  const slash = text.indexOf('/');
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) throw parameterProblem(`Invalid IP address \`${text}'`);
  const length = slash < 0 ? 32 : Number(text.slice(slash + 1));
  if (!(length >= 0 && length <= 32)) throw parameterProblem(`Invalid IP address \`${text}'`);
  return { address, mask: prefixMask(length) };
}

function mark(text: string): { value: number; mask: number } {
  const [value, mask = '0xffffffff'] = text.split('/').map(Number);
  return { value, mask: Number(mask) };
}

function oneOf<Word extends string>(words: readonly Word[], text: string): Word {
  const word = words.find((candidate) => candidate === text.toUpperCase());
  if (word === undefined) throw parameterProblem(`Bad parameter \`${text}'`);
  return word;
}

function output(line: ConntrackLine, text: string): void {
  for (const word of text.split(',')) {
    if (!OUTPUTS.includes(word)) throw parameterProblem(`Bad parameter \`${word}'`);
    if (word === 'xml' || word === 'save') throw new NotSupported('conntrack', `-o ${word}`);
    if (word === 'extended') line.extended = true;
    if (word === 'id') line.id = true;
  }
}

function port(text: string, number: number): number {
  return /^\d+$/.test(text) ? Number(text) : (serviceNumber(text, number) ?? 0);
}

function tcpState(text: string): TcpConntrackState {
  const state = STATES.find((name) => name === text);
  if (state === undefined) throw parameterProblem(`unknown TCP state \`${text}'`);
  return state;
}
