import type {
  AddressMatch,
  Counters,
  InterfaceMatch,
  RuleSpec,
  TargetSpec,
} from '../../../models/netfilter/control-types.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { bang } from './extension.ts';
import { matchExtension } from './matches/index.ts';
import { printedMatches } from './printed-matches.ts';
import { protocolName } from './services.ts';
import { targetExtension } from './targets/index.ts';
import { ALL_ONES, formatMask } from './values.ts';

/** A rule as `iptables -S` writes it: the line that would make it. */
export function saveRule(chain: string, rule: RuleSpec, counters?: Counters): string {
  const { protocol, fragment } = rule;
  return (
    `-A ${chain}` +
    address('-s', rule.source) +
    address('-d', rule.destination) +
    iface('-i', rule.inInterface) +
    iface('-o', rule.outInterface) +
    (protocol === undefined ? '' : `${bang(protocol)} -p ${protocolName(protocol.number)}`) +
    (fragment === undefined ? '' : `${bang(fragment)} -f`) +
    printedMatches(rule.matches ?? [])
      .map(match)
      .join('') +
    (counters === undefined ? '' : ` -c ${counters.packets} ${counters.bytes}`) +
    target(rule.target)
  );
}

function address(option: string, spec: AddressMatch | undefined): string {
  if (spec === undefined) return '';
  const mask = spec.mask === ALL_ONES ? '/32' : formatMask(spec.mask);
  return `${bang(spec)} ${option} ${formatIpv4(spec.address)}${mask}`;
}

function iface(option: string, spec: InterfaceMatch | undefined): string {
  return spec === undefined ? '' : `${bang(spec)} ${option} ${spec.name}`;
}

function match(spec: Parameters<typeof matchExtension>[0]): string {
  const extension = matchExtension(spec);
  return ` -m ${extension.name}${extension.save(spec)}`;
}

function target(spec: TargetSpec | undefined): string {
  if (spec === undefined) return '';
  if (spec.target === 'chain') return ` -${spec.goto === true ? 'g' : 'j'} ${spec.chain}`;
  const extension = targetExtension(spec)!;
  return ` -j ${extension.name}${extension.save(spec)}`;
}
