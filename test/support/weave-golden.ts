import { readFileSync } from 'node:fs';
import type { Tap } from '../../models/link/tap.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { Packet } from '../../models/packet.ts';
import { writeFrame } from '../../models/wire/frame-bytes.ts';
import { readFrames } from '../golden/compare/capture-file.ts';
import { compareCaptures } from '../golden/compare/compare.ts';
import type { CapturedFrame } from '../golden/compare/decode.ts';
import { type CompareOptions, DEFAULT_OPTIONS } from '../golden/compare/options.ts';
import { differenceLines } from '../golden/compare/print.ts';
import { ParallelTaps } from './parallel-taps.ts';

/** A capture of the real router. @param name `two-plain/pod-a1` */
export function goldenCapture(name: string): CapturedFrame[] {
  const file = new URL(`../golden/weave/${name}.pcap`, import.meta.url);
  return readFrames(readFileSync(file));
}

/** Seconds of the day at which a frame was captured. */
export function secondsOf({ time }: CapturedFrame): number {
  return Number((time ?? 0n) % 86_400_000_000_000n) / 1e9;
}

/** Keeps what passes an interface, as a capture file would. */
export class BytesTap implements Tap {
  readonly frames: CapturedFrame[] = [];
  private readonly origin: bigint;

  /** @param origin seconds of the day at which the simulation begins */
  constructor(namespace: NetworkNamespace, dev: string, origin: number) {
    this.origin = BigInt(Math.round(origin * 1e9));
    ParallelTaps.add(namespace.findInterface(dev)!, this);
  }

  ingress(iface: Interface, packet: Packet): void {
    this.keep(iface, packet, 0);
  }

  egress(iface: Interface, packet: Packet, _fate: string | null, ahead: number): void {
    this.keep(iface, packet, ahead);
  }

  private keep({ namespace: { network } }: Interface, packet: Packet, ahead: number): void {
    const bytes = new Uint8Array(packet.length);
    writeFrame(packet, network.macs, bytes, 0);
    const time = this.origin + BigInt(Math.round(network.simulation.now + ahead));
    this.frames.push({ time, bytes, originalLength: bytes.length });
  }
}

/** Whether a frame is of the underlay's UDP: a datagram of a router, or a fragment of one. */
export function isUdp({ bytes }: CapturedFrame): boolean {
  return bytes[12] === 8 && bytes[13] === 0 && bytes[23] === 17;
}

/** The UDP payload of a datagram that is no fragment but the first, bytes on the wire. */
export function udpLength({ bytes }: CapturedFrame): number {
  return bytes[38] * 256 + bytes[39] - 8;
}

/** The frames inside of plain sleeve datagrams that are no fragments. */
export function unbundled(frames: readonly CapturedFrame[]): CapturedFrame[] {
  return frames.flatMap(({ time, bytes }) => {
    const inner: CapturedFrame[] = [];
    for (let at = 48; at < bytes.length; ) {
      const length = bytes[at + 12] * 256 + bytes[at + 13];
      inner.push({ time, bytes: bytes.slice(at + 14, at + 14 + length), originalLength: length });
      at += 14 + length;
    }
    return inner;
  });
}

/** What differs, in words; empty when nothing does. */
export function differences(
  golden: readonly CapturedFrame[],
  candidate: readonly CapturedFrame[],
  options: Partial<CompareOptions> = {},
): string[] {
  const all = { ...DEFAULT_OPTIONS, all: true, ...options };
  return compareCaptures(golden, candidate, all).map((difference) => differenceLines(difference).join('\n'));
}
