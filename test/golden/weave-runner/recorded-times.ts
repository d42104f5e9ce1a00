import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readUint16 } from '../compare/bytes.ts';
import { readFrames } from '../compare/capture-file.ts';
import type { CapturedFrame } from '../compare/decode.ts';
import { type SeenFrame, seen } from '../seen-frame.ts';
import { nodeName, type PeerSpec, type WeaveTopology } from './topology.ts';

/** A gratuitous ARP comes so long after the pod's interface is up, seconds. */
const ANNOUNCE_DELAY = 0.001;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** A line of a router's log. */
interface LogLine {
  /** Seconds of its clock, UTC. */
  time: number;
  text: string;
}

/**
 * When things were done in a recording, as far as captures and logs of the routers tell: seconds since the first thing
 * that is known. `undefined` for what nothing tells.
 */
export class RecordedTimes {
  readonly captures = new Map<string, CapturedFrame[]>();
  private readonly frames: SeenFrame[];
  private readonly logs = new Map<string, LogLine[]>();
  private readonly origin: number;
  private readonly echoIds = new Set<number>();
  /** When the last thing was done that a frame tells of. */
  private reached = 0n;

  constructor(folder: string, topology: WeaveTopology) {
    for (const { file } of topology.captures) {
      this.captures.set(file, readFrames(readFileSync(join(folder, file))));
    }
    this.frames = [...this.captures.values()]
      .flat()
      .flatMap(({ time, bytes }) => seen(time!, bytes))
      .sort((a, b) => Number(a.time - b.time));
    for (const { number } of topology.peers) {
      this.logs.set(number, readLog(join(folder, 'state', `${nodeName(number)}-log.txt`)));
    }
    const starts = [...this.logs.values()].flatMap((lines) => lines[0]?.time ?? []);
    this.origin = Math.min(...starts, ...this.frames.slice(0, 1).map(({ time }) => Number(time) / 1e9));
  }

  /** Of a frame. */
  since(time: bigint): number {
    const whole = BigInt(Math.floor(this.origin)) * 1_000_000_000n;
    return Number(time - whole) / 1e9 - (this.origin - Math.floor(this.origin));
  }

  /** When a router began to work; it takes some time to get there. */
  started({ number, address }: PeerSpec): number | undefined {
    const line = this.logs.get(number)?.find(({ text }) => text.startsWith('Sniffing traffic'));
    if (line !== undefined) return line.time - this.origin;
    const frame = this.frames.find(({ what, source }) => what === 'arp-request' && source === address);
    return frame === undefined ? undefined : this.since(frame.time) - 0.001;
  }

  /** When a router told of an address of its own by ARP, or of a pod's: before `until`. */
  announced(mac: string, until: number): number | undefined {
    const frame = this.frames.find(({ what, sourceMac, source, destination, time }) => {
      return what === 'arp-request' && sourceMac === mac && source === destination && time > this.reached;
    });
    if (frame !== undefined) {
      this.reached = frame.time;
      return this.since(frame.time) - ANNOUNCE_DELAY;
    }
    const text = `Discovered remote MAC ${mac} `;
    const lines = [...this.logs.values()].flatMap(
      (log) => log.find((line) => line.text.startsWith(text)) ?? [],
    );
    const time = Math.min(...lines.map((line) => line.time)) - this.origin - ANNOUNCE_DELAY;
    return time < until ? time : undefined;
  }

  /** When a router first asked for an address while there was no ring. */
  firstAsked(number: string): number | undefined {
    return this.logTime(number, 'Assuming quorum size');
  }

  /** When a router was told to connect to an address. */
  connected(number: string, address: string): number | undefined {
    return this.logTime(number, `->[${address}:6783] attempting connection`);
  }

  private logTime(number: string, text: string): number | undefined {
    const line = this.logs.get(number)?.find((one) => one.text.startsWith(text));
    return line === undefined ? undefined : line.time - this.origin;
  }

  /** The next ping from one address to another. */
  pinged(source: string, destination: string): number | undefined {
    const frame = this.next((one) => {
      if (one.source !== source || one.destination !== destination) return false;
      if (one.what === 'arp-request') return one.destinationMac === BROADCAST;
      return one.what === 'echo-request' && !this.echoIds.has(one.id);
    });
    const echo = this.frames.find(({ time, what, source: from, destination: to, id }) => {
      return (
        time >= (frame?.time ?? 0n) &&
        what === 'echo-request' &&
        from === source &&
        to === destination &&
        !this.echoIds.has(id)
      );
    });
    if (echo !== undefined) this.echoIds.add(echo.id);
    return frame === undefined ? undefined : this.since(frame.time);
  }

  /** The next datagram from one address to another. */
  sent(source: string, destination: string): number | undefined {
    const frame = this.next(
      (one) => one.what === 'udp' && one.source === source && one.destination === destination,
    );
    return frame === undefined ? undefined : this.since(frame.time);
  }

  /** What the datagrams from one address to a port of another had in them, as one pod's capture shows it. */
  payloads(source: string, destination: string, port: number): Uint8Array[] {
    for (const frames of this.captures.values()) {
      const payloads = frames.flatMap(({ time, bytes }) => {
        const [frame] = seen(time!, bytes);
        const isIt = frame?.what === 'udp' && frame.source === source && frame.destination === destination;
        return isIt && readUint16(bytes, 36) === port ? [Uint8Array.from(bytes.subarray(42))] : [];
      });
      if (payloads.length > 0) return payloads;
    }
    return [];
  }

  private next(isIt: (frame: SeenFrame) => boolean): SeenFrame | undefined {
    const frame = this.frames.find((one) => one.time > this.reached && isIt(one));
    if (frame !== undefined) this.reached = frame.time;
    return frame;
  }

  /** First and last frame of some captures. */
  span(files: readonly string[]): { first: number; last: number } | undefined {
    const times = files.flatMap((file) => {
      const frames = this.captures.get(file)!;
      return frames.length === 0 ? [] : [this.since(frames[0].time!), this.since(frames.at(-1)!.time!)];
    });
    return times.length === 0 ? undefined : { first: Math.min(...times), last: Math.max(...times) };
  }
}

/** `INFO: 2026/11/23 01:00:53.308893 text`. */
function readLog(file: string): LogLine[] {
  if (!existsSync(file)) return [];
  const pattern = /^\w+: (\d+)\/(\d+)\/(\d+) (\d+):(\d+):(\d+\.\d+) (.*)$/gm;
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map(
    ([, year, month, day, hour, minute, second, text]) => {
      const whole = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
      return { time: whole / 1000 + Number(second), text };
    },
  );
}
