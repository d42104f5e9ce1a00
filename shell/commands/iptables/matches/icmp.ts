import type { IcmpMatch } from '../../../../models/netfilter/control-types.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';
import { ANY_TYPE, icmpTypeName, parseIcmpType } from './icmp-types.ts';

/** `-m icmp` */
export const icmp: MatchExtension<'icmp'> = {
  name: 'icmp',
  options: [{ name: 'icmp-type', invertible: true }],

  build(given) {
    const option = given.required('icmp-type');
    const { type, code } = parseIcmpType(option.value);
    const codes = code === undefined ? {} : { codes: { first: code, last: code } };
    return { match: 'icmp', type, ...codes, ...negation(option) };
  },

  list(spec, numeric) {
    const code = spec.codes?.first;
    const name = numeric ? undefined : icmpTypeName(spec.type, code);
    const mark = spec.not === true ? '!' : '';
    if (name !== undefined) return ` icmp ${mark}${name}`;
    const type = spec.not === true ? ` icmp !type ${spec.type}` : ` icmptype ${spec.type}`;
    return code === undefined ? type : `${type} code ${code}`;
  },

  save: (spec) => `${bang(spec)} --icmp-type ${typeAndCode(spec)}`,
};

function typeAndCode({ type, codes }: IcmpMatch): string {
  if (type === ANY_TYPE) return 'any';
  return codes === undefined ? String(type) : `${type}/${codes.first}`;
}
