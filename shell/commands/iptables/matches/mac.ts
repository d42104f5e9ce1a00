import { formatMac, parseMac } from '../../../../models/wire/mac-address.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';

/** `-m mac` */
export const mac: MatchExtension<'mac'> = {
  name: 'mac',
  options: [{ name: 'mac-source', invertible: true }],

  build(given) {
    const option = given.required('mac-source');
    const source = parseMac(option.value);
    if (source === undefined) throw parameterProblem('Invalid MAC address specified.');
    return { match: 'mac', source, ...negation(option) };
  },

  list: (spec) => ` MAC${bang(spec)} ${formatMac(spec.source)}`,
  save: (spec) => `${bang(spec)} --mac-source ${formatMac(spec.source)}`,
};
