import type { Interface } from '../netns/interface/interface.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { ipTotalLength, type Packet } from '../packet.ts';
import type { HookName, Policy, TableName } from './control-types.ts';
import type { Rule } from './rule.ts';
import { Verdict } from './verdict.ts';

/** A list of rules: a built-in chain, which is tied to a hook and has a policy, or one of the user's. */
export class Chain {
  name: string;
  readonly table: TableName;
  /** Of a built-in chain. */
  readonly hook: HookName | null;
  policy: Policy = 'ACCEPT';
  /** What the policy decided on; counted only once a policy was set (iptables-nft makes chains without counters). */
  counts = false;
  packets = 0;
  bytes = 0;
  rules: Rule[] = [];
  /** It was configured at least once (iptables makes it in the kernel then). */
  touched = false;
  /** Bits of the hooks (places in HOOK_NAMES) from which a packet may come here. */
  hooks = 0;
  /** The longest way of jumps that leads here. */
  depth = 0;

  constructor(table: TableName, name: string, hook: HookName | null) {
    this.table = table;
    this.name = name;
    this.hook = hook;
  }

  /** Whether a packet can be touched here at all. */
  get isIdle(): boolean {
    return this.rules.length === 0 && this.policy === 'ACCEPT';
  }

  /** Runs a built-in chain to its end (Linux `nft_do_chain`). */
  decide(
    namespace: NetworkNamespace,
    packet: Packet,
    inIface: Interface | null,
    outIface: Interface | null,
    hook: HookName,
  ): Verdict {
    const verdict = this.run(namespace, packet, inIface, outIface, hook);
    if (verdict !== Verdict.next) return verdict;
    if (this.counts) {
      this.packets++;
      this.bytes += ipTotalLength(packet);
    }
    if (packet.traced !== 0) {
      namespace.network.tracerOf(packet).filtered(namespace, packet, this, 0, `policy ${this.policy}`);
    }
    return this.policy === 'ACCEPT' ? Verdict.accept : Verdict.drop;
  }

  private run(
    namespace: NetworkNamespace,
    packet: Packet,
    inIface: Interface | null,
    outIface: Interface | null,
    hook: HookName,
  ): Verdict {
    const { rules } = this;
    for (let place = 0; place < rules.length; place++) {
      const rule = rules[place];
      if (!rule.fits(packet, inIface, outIface)) continue;
      rule.packets++;
      rule.bytes += ipTotalLength(packet);
      if (packet.traced !== 0) this.trace(namespace, packet, rule, place);
      let verdict: Verdict = rule.verdict;
      if (rule.chain !== null) {
        verdict = rule.chain.run(namespace, packet, inIface, outIface, hook);
        if (verdict === Verdict.next && rule.isGoto) return Verdict.next;
      } else if (rule.action !== null) {
        verdict = rule.action.run(packet, inIface, outIface, hook);
      } else if (rule.returns) return Verdict.next;
      if (verdict !== Verdict.next) return verdict;
    }
    return Verdict.next;
  }

  private trace(namespace: NetworkNamespace, packet: Packet, rule: Rule, place: number): void {
    const { target } = rule.spec;
    const what =
      target === undefined ? 'counted' : target.target === 'chain' ? `to ${target.chain}` : target.target;
    namespace.network.tracerOf(packet).filtered(namespace, packet, this, place + 1, what);
  }
}
