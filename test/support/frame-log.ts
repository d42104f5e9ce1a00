import type { Tap } from '../../models/link/tap.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Packet } from '../../models/packet.ts';
import { writeFrame } from '../../models/wire/frame-bytes.ts';
import { describeFrame } from '../../models/wire/frame-printer.ts';
import { type Ipv4Header, parseIpv4Header } from '../../models/wire/ipv4.ts';
import { isParseError } from '../../models/wire/parse-error.ts';
import { ParallelTaps } from './parallel-taps.ts';

export interface LoggedFrame {
  time: number;
  direction: 'in' | 'out';
  /** `node1:eth0` */
  at: string;
  /** What is behind the Ethernet header, as tcpdump prints it. */
  text: string;
  bytes: Uint8Array;
  fate: string | null;
}

/** Keeps what interfaces send and receive, bytes and all. */
export class FrameLog implements Tap {
  readonly frames: LoggedFrame[] = [];

  /** @param places interfaces to watch, as namespace and name */
  constructor(...places: [namespace: NetworkNamespace, dev: string][]) {
    for (const [namespace, dev] of places) ParallelTaps.add(namespace.findInterface(dev)!, this);
  }

  ingress(iface: Interface, packet: Packet): void {
    this.keep(iface, packet, 0, 'in', null);
  }

  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void {
    this.keep(iface, packet, ahead, 'out', fate);
  }

  /** The texts of the frames, those that match. */
  texts(pattern: RegExp = /./): string[] {
    return this.matching(pattern).map((frame) => frame.text);
  }

  matching(pattern: RegExp, direction?: 'in' | 'out'): LoggedFrame[] {
    return this.frames.filter(
      (frame) => pattern.test(frame.text) && (direction === undefined || frame.direction === direction),
    );
  }

  clear(): void {
    this.frames.length = 0;
  }

  private keep(
    iface: Interface,
    packet: Packet,
    ahead: number,
    direction: LoggedFrame['direction'],
    fate: string | null,
  ): void {
    const bytes = new Uint8Array(packet.length);
    writeFrame(packet, iface.namespace.network.macs, bytes, 0);
    const text = describeFrame(bytes, { verbose: false }).replace(/^.*?, length \d+: /, '');
    const time = iface.namespace.network.simulation.now + ahead;
    this.frames.push({ time, direction, at: iface.fullName, text, bytes, fate });
  }
}

/** The IPv4 header of a frame, which must have one. */
export function ipHeaderOf({ bytes }: LoggedFrame): Ipv4Header {
  const header = parseIpv4Header(bytes, 14, bytes.length);
  if (isParseError(header)) throw new Error(header.message);
  return header;
}
