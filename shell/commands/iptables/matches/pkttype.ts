import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';

const TYPES = ['unicast', 'broadcast', 'multicast'] as const;

/** `-m pkttype` */
export const pkttype: MatchExtension<'pkttype'> = {
  name: 'pkttype',
  options: [{ name: 'pkt-type', invertible: true }],

  build(given) {
    const option = given.required('pkt-type');
    const type = TYPES.find((name) => name.startsWith(option.value.toLowerCase()));
    if (type === undefined) throw parameterProblem(`Bad packet type '${option.value}'`);
    return { match: 'pkttype', type, ...negation(option) };
  },

  list: (spec) => ` PKTTYPE ${spec.not === true ? '!=' : '='} ${spec.type}`,
  save: (spec) => `${bang(spec)} --pkt-type ${spec.type}`,
};
