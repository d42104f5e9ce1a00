import type { Chain } from './chain.ts';
import type { MatchSpec, RuleSpec, TargetSpec } from './control-types.ts';
import {
  AddrtypeMatcher,
  IprangeMatcher,
  LengthMatcher,
  MacMatcher,
  PkttypeMatcher,
  TtlMatcher,
} from './match/addresses.ts';
import { ConnectionMatcher, ConnmarkMatcher, MarkMatcher } from './match/connection-match.ts';
import { PhysdevMatcher } from './match/interfaces.ts';
import { LimitMatcher } from './match/limit.ts';
import type { Matcher } from './match/matcher.ts';
import { IcmpMatcher, MultiportMatcher, PortsMatcher } from './match/ports.ts';
import { RecentMatcher } from './match/recent.ts';
import { SetMatcher } from './match/set-match.ts';
import { NthMatcher, RandomMatcher } from './match/statistic.ts';
import type { Netfilter } from './netfilter.ts';
import { type Action, Rule } from './rule.ts';
import { ConnmarkAction, MarkAction } from './target/mark.ts';
import { MasqueradeAction, NatAction, RedirectAction } from './target/nat-target.ts';
import { RejectAction } from './target/reject.ts';
import { TcpmssAction, TtlAction } from './target/rewrite.ts';
import { CtAction } from './target/track-target.ts';
import { LogAction, NflogAction } from './target/write-log.ts';

/** Makes a rule ready to be applied. @throws ControlError ENOENT when it names a set that is not there */
export function compileRule(netfilter: Netfilter, spec: RuleSpec, chain: Chain | null): Rule {
  const matchers: Matcher[] = [];
  for (const match of spec.matches ?? []) {
    const matcher = compileMatch(netfilter, match);
    if (matcher !== null) matchers.push(matcher);
  }
  return new Rule(spec, matchers, compileTarget(netfilter, spec.target), chain, needsConntrack(spec));
}

/** Whether a rule makes the kernel track connections. */
function needsConntrack(spec: RuleSpec): boolean {
  const { target, matches } = spec;
  switch (target?.target) {
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'CONNMARK':
      return true;
    case 'CT':
      return target.notrack !== true;
    default:
      return (matches ?? []).some(({ match }) => match === 'conntrack' || match === 'connmark');
  }
}

/** Null for a condition that always holds. */
function compileMatch(netfilter: Netfilter, match: MatchSpec): Matcher | null {
  const { namespace, conntrack } = netfilter;
  switch (match.match) {
    case 'comment':
      return null;
    case 'tcp':
    case 'udp':
      return new PortsMatcher(match);
    case 'icmp':
      return new IcmpMatcher(match);
    case 'multiport':
      return new MultiportMatcher(match);
    case 'conntrack':
      return new ConnectionMatcher(match, conntrack);
    case 'mark':
      return new MarkMatcher(match);
    case 'connmark':
      return new ConnmarkMatcher(match);
    case 'set':
      return new SetMatcher(match, netfilter.ipSets.slot(match.set), conntrack);
    case 'addrtype':
      return new AddrtypeMatcher(match, namespace);
    case 'statistic':
      return match.mode === 'nth'
        ? new NthMatcher(match)
        : new RandomMatcher(match, namespace.network.random.stream('xt_statistic', namespace.name));
    case 'recent':
      return new RecentMatcher(match, netfilter.recentList(match.name), conntrack);
    case 'limit':
      return new LimitMatcher(match, conntrack);
    case 'physdev':
      return new PhysdevMatcher(match);
    case 'mac':
      return new MacMatcher(match, namespace);
    case 'length':
      return new LengthMatcher(match);
    case 'ttl':
      return new TtlMatcher(match);
    case 'iprange':
      return new IprangeMatcher(match);
    case 'pkttype':
      return new PkttypeMatcher(match);
  }
}

/** Null for a plain verdict. */
function compileTarget(netfilter: Netfilter, target: TargetSpec | undefined): Action | null {
  switch (target?.target) {
    case 'REJECT':
      return new RejectAction(netfilter.namespace, target.with);
    case 'MARK':
      return new MarkAction(target.value, target.mask);
    case 'CONNMARK':
      return new ConnmarkAction(target);
    case 'DNAT':
      return new NatAction(netfilter.conntrack, target, 'destination');
    case 'SNAT':
      return new NatAction(netfilter.conntrack, target, 'source');
    case 'MASQUERADE':
      return new MasqueradeAction(netfilter.conntrack, target);
    case 'REDIRECT':
      return new RedirectAction(netfilter.conntrack, target);
    case 'LOG':
      return new LogAction(netfilter, target);
    case 'NFLOG':
      return new NflogAction(netfilter, target);
    case 'CT':
      return new CtAction(target.notrack === true, target.zone ?? 0);
    case 'TTL':
      return new TtlAction(target.mode, target.value);
    case 'TCPMSS':
      return new TcpmssAction(target.mss);
    default:
      return null;
  }
}
