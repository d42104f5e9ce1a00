import { z } from 'zod';
import type { PingRecord } from '../../models/traffic/ping-ip-options.ts';
import { type Ipv4Address, parseIpv4 } from '../../models/wire/ipv4-address.ts';
import type { Stimulus } from './case.ts';
import { type OptionSpec, parseWords, splitWords } from './words.ts';

/** What a stimulus asks for; times in seconds as in the tools' options. */
export type Action =
  | ({ kind: 'ping' } & PingAction)
  | ({ kind: 'traceroute' } & TracerouteAction)
  | ({ kind: 'udp-send' } & UdpSendAction)
  | ({ kind: 'tcp-connect' } & TcpConnectAction)
  | ({ kind: 'tcp-bulk' } & TcpBulkAction)
  | ({ kind: 'raw-frame' } & RawFrameAction)
  | ({ kind: 'gratuitous-arp' } & GratuitousArpAction)
  | { kind: 'command'; line: string };

export interface PingAction {
  to: string;
  count: number | undefined;
  interval: number;
  size: number;
  ttl: number;
  /** How long to wait for the last answers (-W). */
  wait: number | undefined;
  pathMtuDiscovery: 'do' | 'want' | 'dont' | undefined;
  /** Echo identifier (-e). */
  id: number | undefined;
  /** What it asks hosts on the way to write down (-R, -T). */
  record: PingRecord | undefined;
}

interface TracerouteAction {
  to: string;
  method: 'udp' | 'icmp';
  queries: number;
  /** Probes under way at the same time. */
  simultaneous: number;
  wait: number;
  maxHops: number;
}

interface UdpSendAction {
  to: string;
  port: number;
  /** undefined: the kernel picks one */
  localPort: number | undefined;
  sizes: number[];
  /** Between a datagram's answer (or the end of waiting for it) and the next datagram. */
  interval: number;
  wait: number;
  /** The socket is connected, so that ICMP errors reach it. */
  connected: boolean;
  dontFragment: 'do' | 'want' | 'dont' | undefined;
}

interface TcpConnectAction {
  to: string;
  port: number;
  localPort: number | undefined;
  send: number;
  expect: number;
  timeout: number | undefined;
  step: number;
}

interface TcpBulkAction {
  to: string;
  port: number;
  localPort: number | undefined;
  send: number;
  timeout: number | undefined;
  congestionControl: string | undefined;
}

export interface RawFrameAction {
  dev: string;
  source: string;
  destination: string;
  etherType: number;
  text: string;
  /** The whole frame in hexadecimal, instead of all the rest. */
  bytes: string | undefined;
}

export interface GratuitousArpAction {
  dev: string;
  mac: string;
  address: string;
  form: 'request' | 'reply';
}

/** A stimulus that this runner does not understand; the message says what in it. */
export class StimulusError extends Error {
  override name = 'StimulusError';
}

/** Defaults of the tools: what they take when neither the data nor the command line says. */
/** The kernel's own, net.ipv4.ip_default_ttl. */
const DEFAULT_TTL = 0;
const DEFAULT_WAIT = 1;
const DEFAULT_STEP = 0.2;
const TEST_ETHER_TYPE = 0x88b5;

/** How long the stimulus sleeps before it acts: `sleep 0.7; ping ...`; seconds. */
export function leadingSleep(stimulus: Stimulus): number {
  const after = stimulus.action?.after_s;
  if (typeof after === 'number') return after;
  return Number(/^\s*sleep\s+(\d+(?:\.\d+)?)\s*;/.exec(stimulus.cmd)?.[1] ?? 0);
}

/** The command line behind a leading sleep. */
export function awakeCommand({ cmd }: Stimulus): string {
  return cmd.replace(/^\s*sleep\s+\d+(?:\.\d+)?\s*;\s*/, '');
}

/**
 * What the stimulus asks for: `action` where the case has it as data, the command line for the rest.
 * @throws StimulusError when it is for a known tool and asks for something that is not known
 */
export function parseStimulus(stimulus: Stimulus): Action {
  const line = awakeCommand(stimulus);
  const words = splitWords(line);
  const data = stimulus.action ?? { type: 'command' };
  const tool = [words[0], words[1]].join(' ');
  try {
    if (data.type === 'gratuitous-arp') return gratuitousArp(words.slice(1), data);
    if (words[0] === 'ping') return ping(words.slice(1), data);
    if (words[0] === 'traceroute') return traceroute(words.slice(1), data);
    if (words[0] === 'gl-frame') return rawFrame(words.slice(1), data);
    if (tool === 'gl-udp send') return udpSend(words.slice(2), data);
    if (tool === 'gl-tcp bulk') return tcpBulk(words.slice(2), data);
    if (tool === 'gl-tcp connect') return tcpConnect(words.slice(2), data);
    if (words[0].startsWith('gl-')) throw new RangeError('unknown tool');
    return { kind: 'command', line };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new StimulusError(`stimulus "${stimulus.cmd}": ${reason}`);
  }
}

const port = z.coerce.number().int().min(1).max(65535);
const time = z.coerce.number().min(0).max(1e6);
const size = z.coerce.number().int().min(0).max(65507);
const text = z.string().min(1);
const fragmentation = z.enum(['do', 'want', 'dont']).optional();
/** `"ephemeral"` in the data, or left out. */
const localPort = z
  .union([z.literal('ephemeral'), port])
  .optional()
  .transform((value) => (value === 'ephemeral' ? undefined : value));

type Data = NonNullable<Stimulus['action']>;

const PING_OPTIONS: OptionSpec = {
  '-n': false,
  '-q': false,
  '-c': true,
  '-i': true,
  '-s': true,
  '-t': true,
  '-W': true,
  '-M': true,
  '-e': true,
  '-R': false,
  '-T': true,
};

function ping(words: readonly string[], data: Data): Action {
  const parsed = parseWords(words, PING_OPTIONS);
  const get = (option: string) => parsed.options.get(option)?.at(-1);
  return {
    kind: 'ping',
    to: text.parse(data.to ?? parsed.operands.at(-1)),
    record: pingRecord(get('-R') !== undefined, get('-T'), parsed.operands.slice(0, -1)),
    count: z.coerce
      .number()
      .int()
      .min(1)
      .optional()
      .parse(data.count ?? get('-c')),
    interval: time.default(1).parse(data.interval_s ?? get('-i')),
    size: size.default(56).parse(data.size ?? get('-s')),
    ttl: z.coerce
      .number()
      .int()
      .min(1)
      .max(255)
      .default(DEFAULT_TTL)
      .parse(data.ttl ?? get('-t')),
    wait: time.optional().parse(data.wait_s ?? get('-W')),
    pathMtuDiscovery: fragmentation.parse(data.pmtudisc ?? get('-M')),
    id: z.coerce.number().int().min(0).max(65535).optional().parse(get('-e')),
  };
}

/** `-R`, `-T tsonly`, `-T tsandaddr`, or `-T tsprespec` with the hosts in front of the destination. */
function pingRecord(
  route: boolean,
  times: string | undefined,
  hosts: readonly string[],
): PingRecord | undefined {
  if (route) return 'route';
  switch (times) {
    case undefined:
      return undefined;
    case 'tsonly':
      return 'times';
    case 'tsandaddr':
      return 'timesAndAddresses';
    case 'tsprespec':
      return { timesAt: hosts.map((host) => ipv4(host)) };
    default:
      throw new RangeError(`invalid timestamp type: ${times}`);
  }
}

function ipv4(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`${text} is no address`);
  return address;
}

const TRACEROUTE_OPTIONS: OptionSpec = {
  '-n': false,
  '-I': false,
  '-q': true,
  '-N': true,
  '-w': true,
  '-m': true,
};

function traceroute(words: readonly string[], data: Data): Action {
  const parsed = parseWords(words, TRACEROUTE_OPTIONS);
  const number = (option: string, standard: number) =>
    z.coerce.number().int().min(1).max(255).default(standard).parse(parsed.options.get(option)?.at(-1));
  return {
    kind: 'traceroute',
    to: text.parse(data.to ?? parsed.operands[0]),
    method: data.icmp === true || parsed.options.has('-I') ? 'icmp' : 'udp',
    queries: number('-q', 3),
    simultaneous: number('-N', 16),
    wait: time.default(5).parse(parsed.options.get('-w')?.at(-1)),
    maxHops: number('-m', 30),
  };
}

const UDP_SEND_OPTIONS: OptionSpec = {
  '--dst': true,
  '--dport': true,
  '--sport': true,
  '--len': true,
  '--interval': true,
  '--wait': true,
  '--connected': false,
  '--df': true,
};

function udpSend(words: readonly string[], data: Data): Action {
  const parsed = parseWords(words, UDP_SEND_OPTIONS);
  const get = (option: string) => parsed.options.get(option)?.at(-1);
  return {
    kind: 'udp-send',
    to: text.parse(data.to ?? get('--dst')),
    port: port.parse(data.dport ?? get('--dport')),
    localPort: localPort.parse(data.sport ?? get('--sport')),
    sizes: z
      .array(size)
      .min(1)
      .parse(data.sizes ?? parsed.options.get('--len')),
    interval: time.default(0).parse(data.interval ?? get('--interval')),
    wait: time.default(DEFAULT_WAIT).parse(data.wait ?? get('--wait')),
    connected: data.connected === true || parsed.options.has('--connected'),
    dontFragment: fragmentation.parse(data.df ?? get('--df')),
  };
}

const TCP_CONNECT_OPTIONS: OptionSpec = {
  '--dst': true,
  '--dport': true,
  '--sport': true,
  '--send': true,
  '--expect': true,
  '--timeout': true,
  '--step': true,
  '--cc': true,
};

function tcpConnect(words: readonly string[], data: Data): Action {
  const parsed = parseWords(words, TCP_CONNECT_OPTIONS);
  const get = (option: string) => parsed.options.get(option)?.at(-1);
  const bytes = z.coerce.number().int().min(0).default(0);
  return {
    kind: 'tcp-connect',
    to: text.parse(data.to ?? get('--dst')),
    port: port.parse(data.dport ?? get('--dport')),
    localPort: localPort.parse(data.sport ?? get('--sport')),
    send: bytes.parse(data.send ?? get('--send')),
    expect: bytes.parse(data.expect ?? get('--expect')),
    timeout: time.optional().parse(data.timeout ?? get('--timeout')),
    step: time.default(DEFAULT_STEP).parse(data.step ?? get('--step')),
  };
}

function tcpBulk(words: readonly string[], data: Data): Action {
  const parsed = parseWords(words, TCP_CONNECT_OPTIONS);
  const get = (option: string) => parsed.options.get(option)?.at(-1);
  return {
    kind: 'tcp-bulk',
    to: text.parse(data.to ?? get('--dst')),
    port: port.parse(data.dport ?? get('--dport')),
    localPort: localPort.parse(data.sport ?? get('--sport')),
    send: z.coerce
      .number()
      .int()
      .min(1)
      .parse(data.bytes ?? get('--send')),
    timeout: time.optional().parse(get('--timeout')),
    congestionControl: text.optional().parse(data.congestion_control ?? get('--cc')),
  };
}

const FRAME_OPTIONS: OptionSpec = {
  '--if': true,
  '--src': true,
  '--dst': true,
  '--text': true,
  '--type': true,
  '--ethertype': true,
};

function rawFrame(words: readonly string[], data: Data): Action {
  const parsed = parseWords(words, FRAME_OPTIONS);
  const get = (option: string) => parsed.options.get(option)?.at(-1);
  const bytes = z
    .string()
    .regex(/^([0-9a-f]{2}){14,}$/)
    .optional()
    .parse(data.bytes);
  const etherType = data.ethertype ?? get('--ethertype') ?? get('--type') ?? TEST_ETHER_TYPE;
  return {
    kind: 'raw-frame',
    dev: text.parse(get('--if') ?? 'eth0'),
    bytes,
    source: text.parse(data.src ?? get('--src') ?? bytes),
    destination: text.parse(data.dst ?? get('--dst') ?? bytes),
    etherType: z.coerce.number().int().min(0x600).max(0xffff).parse(etherType),
    text: z.string().parse(data.text ?? get('--text') ?? ''),
  };
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Data and options are searched by the look of their values: the form of this tool's options varies. */
function gratuitousArp(words: readonly string[], data: Data): Action {
  const values = [...Object.values(data), ...words].map(String);
  const form = [...values, ...Object.keys(data)].some((value) => /repl(y|ies)/i.test(value)) || data.op === 2;
  const dev = words[words.indexOf('--if') + 1];
  return {
    kind: 'gratuitous-arp',
    dev: words.includes('--if') ? text.parse(dev) : 'eth0',
    mac: text.parse(data.src ?? data.mac ?? values.find((value) => MAC.test(value))),
    address: text.parse(values.find((value) => IPV4.test(value))),
    form: form ? 'reply' : 'request',
  };
}
