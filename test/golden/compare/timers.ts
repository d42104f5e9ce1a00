import type { DecodedFrame } from './decode.ts';
import { type FieldMap, type FieldValue, lastOccurrences } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';

/** The timers that a network's hosts are known by. */
type TimerName = 'arp-retry' | 'arp-probe' | 'echo' | 'tcp-rto' | 'icmp-error';

export interface TimerGap {
  name: TimerName;
  /** Seconds from the frame that started the timer. */
  seconds: number;
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/**
 * The timers whose expiry (or answer) each frame shows:
 * - arp-retry: since the previous ARP request of this sender for this target
 * - arp-probe: a unicast ARP request, since the first IP frame from this sender to that MAC after the last
 *   ARP reply between the two
 * - echo: since the previous echo request of this flow
 * - tcp-rto: since the previous transmission of the same segment
 * - icmp-error: since the packet quoted in this error
 */
export function timerGaps(frames: readonly DecodedFrame[]): (TimerGap | undefined)[] {
  const clock = new TimerClock();
  return frames.map((frame) => {
    if (frame.time === undefined) return undefined;
    return clock.frame(lastOccurrences(frame.fields), frame.time);
  });
}

class TimerClock {
  /** When the frame that starts a timer was last seen. */
  private readonly started = new Map<string, bigint>();
  /** Per pair of MAC addresses, the first IP frame since the last ARP reply between them. */
  private readonly firstIp = new Map<string, bigint>();

  frame(fields: FieldMap, time: bigint): TimerGap | undefined {
    if (fields.has('arp.op')) return this.arp(fields, time);
    if (!fields.has('ip.src')) return undefined;
    const pair = key(fields.get('eth.src'), fields.get('eth.dst'));
    if (!this.firstIp.has(pair)) this.firstIp.set(pair, time);
    return this.ip(fields, time);
  }

  private arp(fields: FieldMap, time: bigint): TimerGap | undefined {
    const source = fields.get('eth.src');
    const destination = fields.get('eth.dst');
    if (fields.get('arp.op') === 2) {
      this.firstIp.delete(key(source, destination));
      this.firstIp.delete(key(destination, source));
    }
    if (fields.get('arp.op') !== 1) return undefined;
    const request = key('arp', fields.get('arp.sha'), fields.get('arp.tpa'), destination);
    const firstIp = this.firstIp.get(key(source, destination));
    const previous = this.started.get(request);
    const probe = destination !== BROADCAST && firstIp !== undefined;
    if (probe && (previous === undefined || previous < firstIp)) {
      this.started.set(request, time);
      return { name: 'arp-probe', seconds: seconds(firstIp, time) };
    }
    return this.restart('arp-retry', request, time);
  }

  private ip(fields: FieldMap, time: bigint): TimerGap | undefined {
    const source = fields.get('ip.src');
    const destination = fields.get('ip.dst');
    if (fields.get('icmp.type') === 8) {
      const id = fields.get('icmp.id');
      this.started.set(key('sent', source, destination, id, fields.get('icmp.seq')), time);
      return this.restart('echo', key('echo', source, destination, id), time);
    }
    if (fields.has('quote.ip.src')) return this.icmpError(fields, time);
    const ports = [fields.get('udp.sport'), fields.get('udp.dport')];
    if (ports[0] !== undefined) {
      this.started.set(key('sent', source, destination, ...ports), time);
      return undefined;
    }
    return this.tcp(fields, time);
  }

  private icmpError(fields: FieldMap, time: bigint): TimerGap | undefined {
    const flow = fields.has('quote.icmp.id')
      ? [fields.get('quote.icmp.id'), fields.get('quote.icmp.seq')]
      : [fields.get('quote.udp.sport'), fields.get('quote.udp.dport')];
    const sent = key('sent', fields.get('quote.ip.src'), fields.get('quote.ip.dst'), ...flow);
    const start = this.started.get(sent);
    return start === undefined ? undefined : { name: 'icmp-error', seconds: seconds(start, time) };
  }

  /** Segments that are retransmitted when unanswered: those with data, SYN or FIN. */
  private tcp(fields: FieldMap, time: bigint): TimerGap | undefined {
    if (!fields.has('tcp.seq')) return undefined;
    const payload = fields.get('tcp.payload');
    const length = payload instanceof OpaqueBytes ? payload.wireLength : 0;
    const flags = String(fields.get('tcp.flags'));
    if (length === 0 && !/[SF]/.test(flags)) return undefined;
    const names = ['ip.src', 'ip.dst', 'tcp.sport', 'tcp.dport', 'tcp.seq', 'tcp.flags'];
    return this.restart('tcp-rto', key('tcp', length, ...names.map((name) => fields.get(name))), time);
  }

  /** Time since the timer was started last, if it was; it is started again. */
  private restart(name: TimerName, timer: string, time: bigint): TimerGap | undefined {
    const start = this.started.get(timer);
    this.started.set(timer, time);
    return start === undefined ? undefined : { name, seconds: seconds(start, time) };
  }
}

function seconds(from: bigint, to: bigint): number {
  return Number(to - from) / 1e9;
}

function key(...parts: (FieldValue | undefined)[]): string {
  return parts.join('|');
}
