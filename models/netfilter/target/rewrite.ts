import type { Interface } from '../../netns/interface/interface.ts';
import { pathMtu } from '../../netns/ipv4/path-mtu.ts';
import type { Packet } from '../../packet.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

/** `-j TTL`. */
export class TtlAction implements Action {
  constructor(
    private readonly mode: 'set' | 'inc' | 'dec',
    private readonly value: number,
  ) {}

  run(packet: Packet): Verdict {
    const { mode, value } = this;
    if (mode === 'set') packet.ttl = value;
    else packet.ttl = Math.max(0, Math.min(255, packet.ttl + (mode === 'inc' ? value : -value)));
    return Verdict.next;
  }
}

/** IPv4 and TCP header without options. */
const HEADERS_LENGTH = 40;
const MSS_KIND = 2;
const MSS_LENGTH = 4;

/** `-j TCPMSS` (Linux `xt_TCPMSS`): a SYN announces no more than fits the way. */
export class TcpmssAction implements Action {
  /** @param mss bytes; absent: what the path MTU leaves */
  constructor(private readonly mss: number | undefined) {}

  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): Verdict {
    const segment = packet.tcp;
    if (segment === null || (segment.flags & TcpFlag.syn) === 0) return Verdict.next;
    const limit = this.mss ?? clampedMss(packet, inIface, outIface);
    const { options } = segment;
    for (let at = 0; at + 1 < options.length; at += options[at] < 2 ? 1 : Math.max(options[at + 1], 1)) {
      if (options[at] !== MSS_KIND || options[at + 1] !== MSS_LENGTH) continue;
      const announced = (options[at + 2] << 8) | options[at + 3];
      if (announced <= limit) return Verdict.next;
      const changed = options.slice();
      changed[at + 2] = limit >>> 8;
      changed[at + 3] = limit & 0xff;
      packet.tcp = { ...segment, options: changed };
      return Verdict.next;
    }
    return Verdict.next;
  }
}

function clampedMss(packet: Packet, inIface: Interface | null, outIface: Interface | null): number {
  let mtu = inIface?.mtu ?? Number.POSITIVE_INFINITY;
  const { nexthop } = packet;
  if (nexthop !== null && outIface !== null) {
    mtu = Math.min(mtu, pathMtu(nexthop, outIface, packet.ipDestination));
  }
  return Math.min(0xffff, mtu - HEADERS_LENGTH);
}
