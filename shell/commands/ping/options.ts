import type { PingRecord } from '../../../models/traffic/ping-ip-options.ts';
import type { PathMtuDiscovery } from '../../../models/transport/udp.ts';
import { type Ipv4Address, parseIpv4 } from '../../../models/wire/ipv4-address.ts';
import type { CommandContext } from '../../command.ts';
import { NotSupported } from '../../failure.ts';
import { type ShortOptions, shortOptions } from '../../getopt.ts';
import { findTarget, pingFailure } from './errors.ts';
import { parseCount, parseSeconds, parseTos } from './numbers.ts';

const KNOWN = 'h?4bRT:6F:N:aABc:CdDe:fi:I:l:Lm:M:nOp:qQ:rs:S:t:UvVw:W:';
const INT_MAX = 0x7fffffff;
const SECOND = 1e9;
const MILLISECOND = 1e6;
/** Bytes of a pattern that ping looks at. */
const PATTERN_LENGTH = 16;
/** Hosts whose time `-T tsprespec` can ask for. */
const PRESPECIFIED_MAX = 4;

const USAGE = `
Usage
  ping [options] <destination>

Options:
  -B -c <count> -D -I <interface or address> -i <interval> -m <mark> -M do|dont|want
  -n -O -p <pattern> -q -Q <tclass> -s <size> -t <ttl> -V -w <deadline> -W <timeout>
  -4 -b -R -T tsonly|tsandaddr|tsprespec

For more details see ping(8).
`;

/** What is not modelled, by option. */
const MISSING: Record<string, string> = {
  '6': 'IPv6',
  A: 'adaptive ping',
  C: 'connect()',
  f: 'flood ping',
  F: 'IPv6',
  l: 'preload',
  N: 'IPv6',
  r: 'SO_DONTROUTE',
  v: 'verbose output',
};

/** What the command line asks for, as far as it does not depend on the namespace. */
export interface Settings {
  count: number;
  quiet: boolean;
  numeric: boolean;
  version: boolean;
  keepSource: boolean;
  broadcast: boolean;
  tellMissing: boolean;
  timestamps: boolean;
  tos: number;
  mark: number;
  interval?: number;
  size?: number;
  ttl?: number;
  wait?: number;
  deadline?: number;
  pathMtuDiscovery?: PathMtuDiscovery;
  source?: Ipv4Address;
  device?: string;
  pattern?: Uint8Array;
  record?: (context: CommandContext) => PingRecord;
  operands: readonly string[];
}

/** @param warn gets what is said of numbers that are taken nevertheless */
export function parseOptions(words: readonly string[], warn: (text: string) => void): Settings {
  const parsed = shortOptions(words, KNOWN, (message) => {
    throw pingFailure(`${message}\n${USAGE.trimEnd()}`);
  });
  const settings: Settings = {
    count: 0,
    quiet: false,
    numeric: false,
    version: false,
    keepSource: false,
    broadcast: false,
    tellMissing: false,
    timestamps: false,
    tos: 0,
    mark: 0,
    operands: parsed.operands,
  };
  for (const { letter, value } of parsed.options) {
    const set = SETTERS[letter];
    if (set === undefined) throw new NotSupported('ping', `-${letter} (${MISSING[letter]})`);
    set(settings, value, warn);
    // ping ends here, whatever follows
    if (settings.version) break;
  }
  settings.record = chooseRecord(parsed);
  return settings;
}

type Setter = (settings: Settings, value: string, warn: (text: string) => void) => void;

/** Sockets of the simulation have neither buffers that fill nor debugging, and no bell is heard. */
const ignore: Setter = () => {};

const usage: Setter = () => {
  throw pingFailure(USAGE.trimEnd());
};

const SETTERS: Record<string, Setter | undefined> = {
  '?': usage,
  h: usage,
  '4': ignore,
  a: ignore,
  d: ignore,
  e: (_settings, value) => void parseCount(value, 0, 65_535),
  L: ignore,
  S: (_settings, value) => void parseCount(value, 1, INT_MAX),
  U: ignore,
  R: ignore,
  T: ignore,
  b: (settings) => {
    settings.broadcast = true;
  },
  B: (settings) => {
    settings.keepSource = true;
  },
  c: (settings, value) => {
    settings.count = parseCount(value, 1, Number.POSITIVE_INFINITY);
  },
  D: (settings) => {
    settings.timestamps = true;
  },
  i: (settings, value, warn) => {
    const seconds = parseSeconds(value, 'bad timing interval', warn);
    if (seconds > Math.floor(INT_MAX / 1000)) throw pingFailure(`bad timing interval: ${value}`);
    settings.interval = Math.max(0, Math.trunc(seconds * 1000)) * MILLISECOND;
  },
  I: (settings, value) => {
    const address = parseIpv4(value);
    if (address === undefined) settings.device = value;
    else settings.source = address;
  },
  m: (settings, value) => {
    settings.mark = parseCount(value, 0, 0xffffffff);
  },
  M: (settings, value) => {
    if (value !== 'do' && value !== 'dont' && value !== 'want') {
      throw pingFailure(`invalid -M argument: ${value}`);
    }
    settings.pathMtuDiscovery = value;
  },
  n: (settings) => {
    settings.numeric = true;
  },
  O: (settings) => {
    settings.tellMissing = true;
  },
  p: (settings, value) => {
    settings.pattern = parsePattern(value);
  },
  q: (settings) => {
    settings.quiet = true;
  },
  Q: (settings, value) => {
    settings.tos = parseTos(value);
  },
  s: (settings, value) => {
    settings.size = parseCount(value, 0, INT_MAX);
  },
  t: (settings, value) => {
    settings.ttl = parseCount(value, 0, 255);
  },
  V: (settings) => {
    settings.version = true;
  },
  w: (settings, value) => {
    settings.deadline = parseCount(value, 0, INT_MAX) * SECOND;
  },
  W: (settings, value, warn) => {
    const seconds = parseSeconds(value, 'bad linger time', warn);
    if (seconds < 0 || seconds > Math.floor(INT_MAX / 1000)) throw pingFailure(`bad linger time: ${value}`);
    settings.wait = Math.trunc(seconds * 1000) * MILLISECOND;
  },
};

function parsePattern(value: string): Uint8Array {
  const wrong = /[^0-9a-fA-F]/.exec(value);
  if (wrong !== null)
    throw pingFailure(`patterns must be specified as hex digits: ${value.slice(wrong.index)}`);
  const bytes = (value.match(/..?/g) ?? []).slice(0, PATTERN_LENGTH);
  return Uint8Array.from(bytes.map((digits) => Number.parseInt(digits, 16)));
}

/** `-R` or `-T`, never both; `-T tsprespec` with the hosts before the destination. */
function chooseRecord({ options, operands }: ShortOptions): Settings['record'] {
  const records = options.filter(({ letter }) => letter === 'R' || letter === 'T');
  if (records.length === 0) return undefined;
  for (const { letter, value } of records) {
    if (letter !== records[0].letter) throw pingFailure('only one of -T or -R may be used');
    if (letter === 'T' && !/^ts(only|andaddr|prespec)$/.test(value)) {
      throw pingFailure(`invalid timestamp type: ${value}`);
    }
  }
  const { letter, value } = records.at(-1)!;
  const before = operands.slice(0, -1);
  const prespecified = letter === 'T' && value === 'tsprespec';
  if (before.length > (prespecified ? PRESPECIFIED_MAX : 0)) throw pingFailure(USAGE.trimEnd());
  if (prespecified) {
    return (context) => ({ timesAt: before.map((host) => findTarget(context, host).address) });
  }
  return () => (letter === 'R' ? 'route' : value === 'tsonly' ? 'times' : 'timesAndAddresses');
}
