import type { Interface } from '../../models/netns/interface/interface.ts';
import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { type Packet, updateIpLength } from '../../models/packet.ts';
import { TcpSegment } from '../../models/transport/tcp/tcp-segment.ts';
import { EtherType } from '../../models/wire/ethernet.ts';
import { IpProtocol } from '../../models/wire/ipv4.ts';
import { isParseError } from '../../models/wire/parse-error.ts';
import { printTcpFlags, TcpFlag } from '../../models/wire/tcp.ts';
import { parseTcpOptions, printTcpOptions } from '../../models/wire/tcp-options.ts';
import { ip, MILLISECOND, twoHosts } from './networks.ts';
import { PATTERN } from './tcp-pair.ts';

const LETTERS: Record<string, number> = {
  S: TcpFlag.syn,
  '.': TcpFlag.ack,
  F: TcpFlag.fin,
  P: TcpFlag.psh,
  R: TcpFlag.rst,
  E: TcpFlag.ece,
  W: TcpFlag.cwr,
};

export interface ScriptedSegment {
  /** Relative to the script's initial sequence number. */
  seq?: number;
  /** Relative to the host's. */
  ack?: number;
  length?: number;
  /** As on the wire. */
  window?: number;
  mss?: number;
  scale?: number;
  sackPermitted?: boolean;
  /** Edges relative to the host's initial sequence number. */
  sack?: number[];
  timestamp?: number;
  timestampEcho?: number;
  port?: number;
  /** ECN bits of the packet. */
  ecn?: number;
}

/**
 * A host and, at the other end of its cable, a script that sends it segments by hand and writes down what comes back,
 * in the manner of packetdrill. The script is 10.0.0.1, the host 10.0.0.2; the script starts at 0, near the end of
 * the sequence space.
 */
export class SegmentScript {
  readonly network: Network;
  readonly host: NetworkNamespace;
  /** What the host has sent: time in milliseconds and the segment. */
  readonly log: [time: number, segment: string][] = [];
  readonly packets: { ipId: number; ecn: number; tcp: TcpSegment }[] = [];
  private hostInitial: number | null = null;
  private readonly initial = -100;
  private readonly hostInterface: Interface;
  private seen = 0;
  private readonly receive: (iface: Interface, packet: Packet) => void;

  constructor(
    readonly scriptPort = 5000,
    readonly hostPort = 80,
  ) {
    const { network, a, b } = twoHosts();
    this.network = network;
    this.host = b;
    this.hostInterface = b.findInterface('eth0')!;
    const mac = a.link('eth0')!.mac;
    b.setNeighbour({ address: ip('10.0.0.1'), dev: 'eth0', mac, state: 'permanent' } as never, 'replace');
    this.receive = network.receiveFromCable.bind(network);
    network.receiveFromCable = (iface, packet) => {
      if (iface === this.hostInterface) this.receive(iface, packet);
      else this.note(packet);
    };
  }

  /** Milliseconds. */
  get now(): number {
    return this.network.simulation.now / MILLISECOND;
  }

  /** Lets time pass; milliseconds. */
  wait(time: number): void {
    this.network.simulation.run({ until: this.network.simulation.now + time * MILLISECOND });
  }

  /** Sends a segment to the host and answers what the host sends at once. */
  send(flags: string, segment: ScriptedSegment = {}): string[] {
    const tcp = new TcpSegment();
    for (const letter of flags) tcp.flags |= LETTERS[letter];
    tcp.sequence = (this.initial + (segment.seq ?? 0)) | 0;
    tcp.acknowledgement = ((this.hostInitial ?? 0) + (segment.ack ?? 0)) | 0;
    tcp.window = segment.window ?? 65_535;
    tcp.maximumSegmentSize = segment.mss ?? 0;
    tcp.windowScale = segment.scale ?? -1;
    tcp.sackPermitted = segment.sackPermitted ?? false;
    if (segment.timestamp !== undefined) {
      tcp.hasTimestamps = true;
      tcp.timestamp = segment.timestamp;
      tcp.timestampEcho = segment.timestampEcho ?? 0;
    }
    if (segment.sack !== undefined) {
      tcp.sackBlocks = Int32Array.from(segment.sack.map((edge) => (edge + this.hostInitial!) | 0));
    }
    tcp.data = PATTERN;
    tcp.dataOffset = Math.max(0, (segment.seq ?? 1) - 1);
    const packet = this.network.pool.create();
    packet.etherType = EtherType.ipv4;
    packet.source = this.hostInterface.mac;
    packet.destination = this.hostInterface.mac;
    packet.ipSource = ip('10.0.0.1');
    packet.ipDestination = ip('10.0.0.2');
    packet.protocol = IpProtocol.tcp;
    packet.ttl = 64;
    packet.tos = segment.ecn ?? 0;
    packet.sourcePort = segment.port ?? this.scriptPort;
    packet.destinationPort = this.hostPort;
    packet.tcp = tcp;
    packet.payload = tcp;
    packet.payloadLength = segment.length ?? 0;
    updateIpLength(packet);
    this.receive(this.hostInterface, packet);
    this.wait(0);
    return this.news();
  }

  /** What the host has sent since this was asked last. */
  news(): string[] {
    this.wait(0);
    const fresh = this.log.slice(this.seen).map(([, text]) => text);
    this.seen = this.log.length;
    return fresh;
  }

  /** The same with times, rounded to milliseconds. */
  timedNews(): [time: number, segment: string][] {
    const fresh = this.log.slice(this.seen).map(([time, text]): [number, string] => [Math.round(time), text]);
    this.seen = this.log.length;
    return fresh;
  }

  /** The handshake, begun by the script; answers nothing. */
  establish(options: ScriptedSegment = { mss: 1460, sackPermitted: true, scale: 7 }): void {
    this.send('S', options);
    this.send('.', {
      seq: 1,
      ack: 1,
      window: options.scale === undefined ? 65_535 : 65_535 >> options.scale,
    });
  }

  /** Takes a new initial sequence number of the host from its next SYN. */
  forget(): void {
    this.hostInitial = null;
  }

  private note(packet: Packet): void {
    const { tcp } = packet;
    if (tcp instanceof TcpSegment) {
      if ((tcp.flags & TcpFlag.syn) !== 0) this.hostInitial ??= tcp.sequence;
      this.log.push([this.now, this.print(tcp, packet.payloadLength)]);
      this.packets.push({ ipId: packet.ipId, ecn: packet.tos & 3, tcp });
    }
    this.network.deliver(packet);
  }

  private print(tcp: TcpSegment, length: number): string {
    const from = (tcp.sequence - (this.hostInitial ?? 0)) | 0;
    const parts = [`${printTcpFlags(tcp.flags)} ${from}:${from + length}(${length})`];
    if ((tcp.flags & TcpFlag.ack) !== 0) parts.push(`ack ${(tcp.acknowledgement - this.initial) | 0}`);
    parts.push(`win ${tcp.window}`);
    const options = parseTcpOptions(tcp.options);
    if (!isParseError(options)) {
      const shown = options
        .filter(({ kind }) => kind !== 'noOperation')
        .map((option) => {
          if (option.kind === 'timestamps') return 'TS';
          if (option.kind !== 'sack') return printTcpOptions([option]);
          const edges = option.blocks.map(
            ({ left, right }) => `${(left - this.initial) | 0}:${(right - this.initial) | 0}`,
          );
          return `sack ${edges.join(' ')}`;
        });
      if (shown.length > 0) parts.push(`<${shown.join(',')}>`);
    }
    return parts.join(' ');
  }
}
