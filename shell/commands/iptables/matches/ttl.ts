import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';
import { integerOption } from '../values.ts';

const COMPARISONS = ['lt', 'gt', 'eq'] as const;
const SIGNS = { lt: '<', gt: '>', eq: '==' } as const;

/** `-m ttl` */
export const ttl: MatchExtension<'ttl'> = {
  name: 'ttl',
  options: COMPARISONS.map((name) => ({
    name: `ttl-${name}`,
    invertible: name === 'eq',
    excludes: COMPARISONS.filter((other) => other !== name).map((other) => `ttl-${other}`),
  })),

  build(given) {
    const compare = COMPARISONS.find((name) => given.has(`ttl-${name}`));
    if (compare === undefined) {
      throw parameterProblem("TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt");
    }
    const option = given.get(`ttl-${compare}`)!;
    const value = integerOption('ttl', `ttl-${compare}`, option.value, 255);
    return { match: 'ttl', compare, value, ...negation(option) };
  },

  list: (spec) => ` TTL match TTL ${spec.not === true ? '!=' : SIGNS[spec.compare]} ${spec.value}`,
  save: (spec) => `${bang(spec)} --ttl-${spec.compare} ${spec.value}`,
};
