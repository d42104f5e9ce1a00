import type { Range } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';
import { formatRange, parseNumber } from '../values.ts';

const MAXIMUM = 0xffff;

/** `-m length`: of the whole IP packet */
export const length: MatchExtension<'length'> = {
  name: 'length',
  options: [{ name: 'length', invertible: true }],

  build(given) {
    const option = given.required('length');
    return { match: 'length', ...parseLengths(option.value), ...negation(option) };
  },

  list: (spec) => ` length ${spec.not === true ? '!' : ''}${formatRange(spec)}`,
  save: (spec) => `${bang(spec)} --length ${formatRange(spec)}`,
};

function parseLengths(text: string): Range {
  const [from, to = from, ...rest] = text.split(':');
  const first = from === '' ? 0 : parseNumber(from, MAXIMUM);
  const last = to === '' ? MAXIMUM : parseNumber(to, MAXIMUM);
  if (first === undefined || last === undefined || rest.length > 0 || text === '') {
    throw parameterProblem(
      `length: bad value for option "--length" near "${text}", or out of range (0-65535).\n`,
    );
  }
  return { first, last };
}
