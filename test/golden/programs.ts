import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { Ping } from '../../models/traffic/ping.ts';
import type { Program, ProgramExit } from '../../models/traffic/program.ts';
import { sendRawFrame } from '../../models/traffic/raw-frame.ts';
import { TcpBulkClient } from '../../models/traffic/tcp-bulk-client.ts';
import { TcpClient } from '../../models/traffic/tcp-client.ts';
import { TcpServer } from '../../models/traffic/tcp-server.ts';
import { Traceroute } from '../../models/traffic/traceroute.ts';
import { UdpClient } from '../../models/traffic/udp-client.ts';
import { UdpEcho } from '../../models/traffic/udp-echo.ts';
import { ARP_PACKET_LENGTH, ArpOperation, emitArp } from '../../models/wire/arp.ts';
import { readMac, readUint16 } from '../../models/wire/big-endian.ts';
import { EtherType } from '../../models/wire/ethernet.ts';
import { type Ipv4Address, parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { BROADCAST_MAC, type MacAddress, parseMac, ZERO_MAC } from '../../models/wire/mac-address.ts';
import {
  type Action,
  type GratuitousArpAction,
  type PingAction,
  type RawFrameAction,
  StimulusError,
} from './stimulus.ts';
import { type OptionSpec, parseWords, splitWords } from './words.ts';

/** A program that was started in a namespace. */
export interface RunningProgram {
  readonly done: boolean;
  /** Once it is done. */
  exit(): ProgramExit;
  /** The outcome as data, in the shape that case.json has it; undefined where there is none. */
  result(): unknown;
}

const SECOND = 1e9;
/** gl-frame fills a frame up to the 60 bytes that Ethernet asks for. */
const RAW_PAYLOAD_LENGTH = 46;

const NOTHING: ProgramExit = { status: 0, stdout: '', stderr: '' };

/**
 * Starts the program of a stimulus now.
 * @throws StimulusError when an address or an interface does not exist
 */
export function startProgram(
  namespace: NetworkNamespace,
  action: Exclude<Action, { kind: 'command' }>,
): RunningProgram {
  switch (action.kind) {
    case 'ping':
      return startPing(namespace, action);
    case 'traceroute': {
      const { to, method, queries, simultaneous, wait, maxHops } = action;
      const traceroute = new Traceroute(namespace, {
        to: address(to),
        target: to,
        icmp: method === 'icmp',
        queries,
        simultaneous,
        wait: wait * SECOND,
        maxTtl: maxHops,
      });
      return start(traceroute, () => undefined);
    }
    case 'udp-send': {
      const client = new UdpClient(namespace, {
        ...action,
        to: address(action.to),
        sourcePort: action.localPort ?? 0,
        wait: action.wait * SECOND,
        interval: action.interval * SECOND,
        pathMtuDiscovery: action.dontFragment,
      });
      return start(client, () => client.answers);
    }
    case 'tcp-connect': {
      const client = new TcpClient(namespace, {
        to: address(action.to),
        port: action.port,
        sourcePort: action.localPort ?? 0,
        timeout: (action.timeout ?? 0) * SECOND,
        send: action.send,
        expect: action.expect,
        step: action.step * SECOND,
        congestionControl: 'cubic',
      });
      return start(client, () => client.result);
    }
    case 'tcp-bulk': {
      const { send, congestionControl = 'cubic' } = action;
      const client = new TcpBulkClient(namespace, {
        to: address(action.to),
        port: action.port,
        sourcePort: action.localPort ?? 0,
        timeout: (action.timeout ?? 0) * SECOND,
        send,
        congestionControl,
      });
      return start(client, () => client.result);
    }
    case 'raw-frame':
      return sendFrame(namespace, action);
    case 'gratuitous-arp':
      return sendGratuitousArp(namespace, action);
  }
}

/**
 * Starts a server that runs during the whole case.
 * @throws StimulusError when it is none that this runner knows
 */
export function startServer(namespace: NetworkNamespace, command: string): void {
  const words = splitWords(command);
  const tool = `${words[0]} ${words[1]}`;
  const { options } = parseWords(
    words.slice(2),
    tool === 'gl-tcp serve' ? SERVE_OPTIONS : { '--port': true },
  );
  const port = Number(options.get('--port')?.[0]);
  if (!(port >= 1 && port <= 65_535)) throw new StimulusError(`server "${command}": no port`);
  const { now } = namespace.network.simulation;
  if (tool === 'gl-udp echo') new UdpEcho(namespace, port).start(now);
  else if (tool === 'gl-tcp serve') {
    const text = options.get('--id')?.[0];
    const reply = Number(options.get('--reply')?.[0] ?? 0);
    const congestionControl = options.get('--cc')?.[0] ?? 'cubic';
    const server = new TcpServer(namespace, {
      port,
      reply,
      congestionControl,
      sink: options.has('--sink'),
      ...(text ? { text } : {}),
    });
    server.start(now);
  } else throw new StimulusError(`unknown server "${command}"`);
}

const SERVE_OPTIONS: OptionSpec = {
  '--port': true,
  '--reply': true,
  '--id': true,
  '--sink': false,
  '--cc': true,
};

function start(program: Program, result: () => unknown): RunningProgram {
  program.start(program.simulation.now);
  return {
    get done() {
      return program.done;
    },
    exit: () => program.exit ?? NOTHING,
    result,
  };
}

function startPing(namespace: NetworkNamespace, action: PingAction): RunningProgram {
  const { to, count, interval, size, ttl, wait, pathMtuDiscovery, record } = action;
  if (count === undefined) throw new StimulusError(`ping to ${to} without a count would never end`);
  const ping = new Ping(namespace, {
    to: address(to),
    target: to,
    count,
    interval: interval * SECOND,
    size,
    ttl,
    ...(wait === undefined ? {} : { wait: wait * SECOND }),
    ...(record === undefined ? {} : { record }),
    ...(pathMtuDiscovery === undefined ? {} : { pathMtuDiscovery }),
  });
  // a ping that could not even start (status 2) has no counts
  return start(ping, () => (ping.exit?.status === 2 ? undefined : { ...ping.result }));
}

function sendFrame(namespace: NetworkNamespace, action: RawFrameAction): RunningProgram {
  if (action.bytes !== undefined) {
    const frame = Buffer.from(action.bytes, 'hex');
    const [to, from] = [readMac(frame, 0), readMac(frame, 6)];
    const iface = interfaceOf(namespace, action.dev);
    sendRawFrame(iface, to, from, readUint16(frame, 12), Uint8Array.from(frame.subarray(14)));
    return ended();
  }
  const payload = new Uint8Array(RAW_PAYLOAD_LENGTH);
  payload.set(new TextEncoder().encode(action.text).subarray(0, RAW_PAYLOAD_LENGTH));
  const { destination, source, etherType } = action;
  sendRawFrame(interfaceOf(namespace, action.dev), mac(destination), mac(source), etherType, payload);
  return ended();
}

/** An announcement: sender and target address are the same (RFC 5227, 1.1; RFC 5944, 4.6). */
function sendGratuitousArp(namespace: NetworkNamespace, action: GratuitousArpAction): RunningProgram {
  const source = mac(action.mac);
  const announced = address(action.address);
  const isReply = action.form === 'reply';
  const operation = isReply ? ArpOperation.reply : ArpOperation.request;
  const packet = new Uint8Array(ARP_PACKET_LENGTH);
  emitArp(packet, 0, operation, source, announced, isReply ? BROADCAST_MAC : ZERO_MAC, announced);
  sendRawFrame(interfaceOf(namespace, action.dev), BROADCAST_MAC, source, EtherType.arp, packet);
  return ended();
}

function ended(): RunningProgram {
  return { done: true, exit: () => NOTHING, result: () => undefined };
}

function interfaceOf(namespace: NetworkNamespace, dev: string) {
  const iface = namespace.findInterface(dev);
  if (iface === undefined) throw new StimulusError(`no interface ${dev} in ${namespace.name}`);
  return iface;
}

function address(text: string): Ipv4Address {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new StimulusError(`"${text}" is not an IPv4 address`);
  return parsed;
}

function mac(text: string): MacAddress {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new StimulusError(`"${text}" is not a MAC address`);
  return parsed;
}
