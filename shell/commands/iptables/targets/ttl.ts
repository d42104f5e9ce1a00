import { parameterProblem } from '../errors.ts';
import type { TargetExtension } from '../extension.ts';
import { integerOption } from '../values.ts';

const MODES = ['set', 'dec', 'inc'] as const;
const WORDS = { set: 'set to', dec: 'decrement by', inc: 'increment by' } as const;

/** `-j TTL` */
export const ttl: TargetExtension<'TTL'> = {
  name: 'TTL',
  options: MODES.map((mode) => ({
    name: `ttl-${mode}`,
    excludes: MODES.filter((other) => other !== mode).map((other) => `ttl-${other}`),
  })),

  build(given) {
    const mode = MODES.find((candidate) => given.has(`ttl-${candidate}`));
    if (mode === undefined) throw parameterProblem('TTL: You must specify an action');
    const option = given.get(`ttl-${mode}`)!;
    const value = integerOption('TTL', `ttl-${mode}`, option.value, 255, mode === 'set' ? 0 : 1);
    return { target: 'TTL', mode, value };
  },

  list: (spec) => ` TTL ${WORDS[spec.mode]} ${spec.value}`,
  save: (spec) => ` --ttl-${spec.mode} ${spec.value}`,
};
