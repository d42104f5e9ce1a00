import type { Interface } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';
import type { Chain } from './chain.ts';
import type { Counters, HookName, InterfaceMatch, RuleSpec, RuleView } from './control-types.ts';
import { isNamed } from './match/interfaces.ts';
import type { Matcher } from './match/matcher.ts';
import { Verdict } from './verdict.ts';

/** What a rule does beyond a verdict. */
export interface Action {
  run(packet: Packet, inIface: Interface | null, outIface: Interface | null, hook: HookName): Verdict;
}

/** A rule, ready to be applied: its conditions as numbers, its extensions as objects. */
export class Rule {
  packets = 0;
  bytes = 0;
  readonly spec: RuleSpec;
  readonly matchers: readonly Matcher[];
  readonly action: Action | null;
  /** The chain that it jumps to. */
  readonly chain: Chain | null;
  readonly isGoto: boolean;
  /** What it says itself; `next` also for RETURN, which `returns` tells apart. */
  readonly verdict: Verdict;
  readonly returns: boolean;
  /** The kernel tracks connections as long as there is such a rule. */
  readonly tracks: boolean;

  // `-s` and `-d`: a mask of 0 fits everything
  private readonly sourceMask: number;
  private readonly sourceAddress: number;
  private readonly sourceNot: boolean;
  private readonly destinationMask: number;
  private readonly destinationAddress: number;
  private readonly destinationNot: boolean;
  /** 0 for all. */
  private readonly protocol: number;
  private readonly protocolNot: boolean;
  private readonly inName: InterfaceMatch | null;
  private readonly outName: InterfaceMatch | null;

  constructor(
    spec: RuleSpec,
    matchers: readonly Matcher[],
    action: Action | null,
    chain: Chain | null,
    tracks: boolean,
  ) {
    this.spec = spec;
    this.tracks = tracks;
    this.matchers = matchers;
    this.action = action;
    this.chain = chain;
    const { source, destination, protocol, inInterface, outInterface, target } = spec;
    this.isGoto = target?.target === 'chain' && target.goto === true;
    this.returns = target?.target === 'RETURN';
    this.verdict =
      target?.target === 'ACCEPT' ? Verdict.accept : target?.target === 'DROP' ? Verdict.drop : Verdict.next;
    this.sourceMask = (source?.mask ?? 0) | 0;
    this.sourceAddress = (source?.address ?? 0) & this.sourceMask;
    this.sourceNot = source?.not === true;
    this.destinationMask = (destination?.mask ?? 0) | 0;
    this.destinationAddress = (destination?.address ?? 0) & this.destinationMask;
    this.destinationNot = destination?.not === true;
    this.protocol = protocol?.number ?? 0;
    this.protocolNot = protocol?.not === true;
    this.inName = inInterface ?? null;
    this.outName = outInterface ?? null;
  }

  fits(packet: Packet, inIface: Interface | null, outIface: Interface | null): boolean {
    if (((packet.ipSource & this.sourceMask) === this.sourceAddress) === this.sourceNot) return false;
    if (((packet.ipDestination & this.destinationMask) === this.destinationAddress) === this.destinationNot)
      return false;
    if (this.protocol !== 0 && (packet.protocol === this.protocol) === this.protocolNot) return false;
    if (this.inName !== null && !isNamed(inIface, this.inName)) return false;
    if (this.outName !== null && !isNamed(outIface, this.outName)) return false;
    const { fragment } = this.spec;
    if (fragment !== undefined && (packet.fragmentOffset !== 0) === (fragment.not === true)) return false;
    for (const matcher of this.matchers) if (!matcher.test(packet, inIface, outIface)) return false;
    return true;
  }

  count(counters: Counters): void {
    this.packets = counters.packets;
    this.bytes = counters.bytes;
  }

  view(): RuleView {
    const { spec, packets, bytes } = this;
    return { ...spec, matches: spec.matches ?? [], packets, bytes };
  }
}
