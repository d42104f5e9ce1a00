import { parameterProblem } from '../errors.ts';
import type { TargetExtension } from '../extension.ts';
import { integerOption } from '../values.ts';

/** 65535 without the header of IPv4. */
const MAXIMUM = 65_515;

/** `-j TCPMSS` */
export const tcpmss: TargetExtension<'TCPMSS'> = {
  name: 'TCPMSS',
  options: [
    { name: 'set-mss', excludes: ['clamp-mss-to-pmtu'] },
    { name: 'clamp-mss-to-pmtu', words: 0, excludes: ['set-mss'] },
  ],

  build(given) {
    const option = given.get('set-mss');
    if (option !== undefined) {
      return { target: 'TCPMSS', mss: integerOption('TCPMSS', 'set-mss', option.value, MAXIMUM) };
    }
    if (given.has('clamp-mss-to-pmtu')) return { target: 'TCPMSS' };
    throw parameterProblem('TCPMSS target: At least one parameter is required');
  },

  list: (spec) => (spec.mss === undefined ? ' TCPMSS clamp to PMTU' : ` TCPMSS set ${spec.mss}`),
  save: (spec) => (spec.mss === undefined ? ' --clamp-mss-to-pmtu' : ` --set-mss ${spec.mss}`),
};
