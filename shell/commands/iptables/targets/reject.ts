import type { RejectWith } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import type { TargetExtension } from '../extension.ts';

/** In the order in which abbreviations are looked up. */
const KINDS: readonly [name: RejectWith, alias: string][] = [
  ['icmp-net-unreachable', 'net-unreach'],
  ['icmp-host-unreachable', 'host-unreach'],
  ['icmp-proto-unreachable', 'proto-unreach'],
  ['icmp-port-unreachable', 'port-unreach'],
  ['icmp-net-prohibited', 'net-prohib'],
  ['icmp-host-prohibited', 'host-prohib'],
  ['tcp-reset', 'tcp-rst'],
  ['icmp-admin-prohibited', 'admin-prohib'],
];

/** `-j REJECT` */
export const reject: TargetExtension<'REJECT'> = {
  name: 'REJECT',
  options: [{ name: 'reject-with' }],

  build(given) {
    const option = given.get('reject-with');
    return { target: 'REJECT', with: option === undefined ? 'icmp-port-unreachable' : kind(option.value) };
  },

  list: (spec) => ` reject-with ${spec.with}`,
  save: (spec) => ` --reject-with ${spec.with}`,
};

function kind(text: string): RejectWith {
  const lower = text.toLowerCase();
  const found = KINDS.find(([name, alias]) => name.startsWith(lower) || alias.startsWith(lower));
  if (found === undefined) throw parameterProblem(`unknown reject type "${text}"`);
  return found[0];
}
