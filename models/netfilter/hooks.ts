import { DropReason } from '../drop-reason.ts';
import type { Interface } from '../netns/interface/interface.ts';
import { reassemble } from '../netns/ipv4/ip-reassembly.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { isFragment, type Packet } from '../packet.ts';
import type { Chain } from './chain.ts';
import { isReply } from './connection.ts';
import type { Conntrack } from './conntrack.ts';
import type { HookName } from './control-types.ts';
import { natAtHook } from './nat.ts';
import { reroute } from './reroute.ts';
import { Verdict } from './verdict.ts';

/** Something that looks at packets at a hook, at its priority. Answers why a packet dies there, or ACCEPTED. */
export interface HookStep {
  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): DropReason | typeof ACCEPTED;
}

export const ACCEPTED = -1;

/** What stands at one hook, in the order of priority (Linux `nf_hook_slow`). */
export class Hook {
  constructor(
    readonly name: HookName,
    private readonly namespace: NetworkNamespace,
    /** Fragments are put together first: they cannot be told to belong to a connection. */
    private readonly defragments: boolean,
    private readonly steps: readonly HookStep[],
  ) {}

  /**
   * Lets everybody look at a packet.
   * @returns the packet that goes on, another one if it was put together; null when it has met its fate, or waits
   */
  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): Packet | null {
    const where = inIface ?? outIface ?? this.namespace.loopback;
    if (this.defragments && isFragment(packet)) {
      const whole = reassemble(where, packet, 'conntrack');
      if (whole === null) return null;
      packet = whole;
    }
    for (const step of this.steps) {
      const reason = step.run(packet, inIface, outIface);
      if (reason === ACCEPTED) continue;
      this.namespace.network.drop(packet, reason, where);
      return null;
    }
    return packet;
  }
}

/** The hooks of a namespace; null where nothing is to be done. */
export interface NetfilterHooks {
  readonly preRouting: Hook | null;
  readonly input: Hook | null;
  readonly forward: Hook | null;
  readonly output: Hook | null;
  readonly postRouting: Hook | null;
  /** Frames that cross a bridge pass them as well (`bridge-nf-call-iptables`). */
  readonly callFromBridges: boolean;
}

/** A built-in chain of the raw, mangle or filter table. */
export class ChainStep implements HookStep {
  constructor(
    private readonly namespace: NetworkNamespace,
    private readonly chain: Chain,
    private readonly hook: HookName,
  ) {}

  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): DropReason | typeof ACCEPTED {
    const verdict = this.chain.decide(this.namespace, packet, inIface, outIface, this.hook);
    return verdict === Verdict.accept ? ACCEPTED : DropReason.netfilterDrop;
  }
}

/** mangle's OUTPUT chain: what it changes may need another route (Linux `nf_route_table_hook4`). */
export class MangleOutputStep implements HookStep {
  constructor(
    private readonly namespace: NetworkNamespace,
    private readonly chain: Chain,
  ) {}

  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): DropReason | typeof ACCEPTED {
    const { ipSource, ipDestination, tos } = packet;
    const mark = packet.mark;
    const verdict = this.chain.decide(this.namespace, packet, inIface, outIface, 'OUTPUT');
    if (verdict !== Verdict.accept) return DropReason.netfilterDrop;
    const same =
      packet.ipSource === ipSource &&
      packet.ipDestination === ipDestination &&
      packet.tos === tos &&
      packet.mark === mark;
    return same ? ACCEPTED : reroute(this.namespace, packet);
  }
}

/** Connection tracking at PREROUTING and OUTPUT. */
export class TrackStep implements HookStep {
  constructor(private readonly conntrack: Conntrack) {}

  run(packet: Packet): DropReason | typeof ACCEPTED {
    const verdict = this.conntrack.trackIn(packet);
    if (verdict !== 'accept') return DropReason.conntrackFull;
    if (packet.traced !== 0) {
      const { namespace } = this.conntrack;
      namespace.network.tracerOf(packet).tracked(namespace, packet);
    }
    return ACCEPTED;
  }
}

/** Address translation at one hook; the chain of the nat table is asked for new connections only. */
export class NatStep implements HookStep {
  constructor(
    private readonly conntrack: Conntrack,
    private readonly chain: Chain | null,
    private readonly hook: HookName,
  ) {}

  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): DropReason | typeof ACCEPTED {
    const { conntrack, chain, hook } = this;
    const askRules = (): boolean =>
      chain === null || chain.decide(conntrack.namespace, packet, inIface, outIface, hook) === Verdict.accept;
    if (!natAtHook(conntrack, packet, hook, outIface, askRules)) return DropReason.netfilterDrop;
    return hook === 'OUTPUT' && isSentElsewhere(packet) ? reroute(conntrack.namespace, packet) : ACCEPTED;
  }
}

/** The destination of what starts here was translated (Linux `nf_nat_ipv4_local_fn`). */
function isSentElsewhere({ netfilter: state }: Packet): boolean {
  if (state === null || state.connection === null) return false;
  const reply = isReply(state.info);
  return state.connection.tuple(reply).destination !== state.connection.tuple(!reply).source;
}

/** The last step of INPUT and POSTROUTING: the connection becomes known. */
export class ConfirmStep implements HookStep {
  constructor(private readonly conntrack: Conntrack) {}

  run(packet: Packet): DropReason | typeof ACCEPTED {
    return this.conntrack.confirm(packet) === 'accept' ? ACCEPTED : DropReason.conntrackClash;
  }
}
