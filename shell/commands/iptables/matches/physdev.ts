import type { Negatable, PhysdevMatch } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type GivenOptions, type MatchExtension, negation } from '../extension.ts';

/** `-m physdev` */
export const physdev: MatchExtension<'physdev'> = {
  name: 'physdev',
  options: [
    { name: 'physdev-in', invertible: true },
    { name: 'physdev-is-in', words: 0, invertible: true },
    { name: 'physdev-out', invertible: true },
    { name: 'physdev-is-out', words: 0, invertible: true },
    { name: 'physdev-is-bridged', words: 0, invertible: true },
  ],

  build(given) {
    if (given.size === 0) throw parameterProblem('PHYSDEV: no physdev option specified');
    const spec: PhysdevMatch = { match: 'physdev' };
    const input = given.get('physdev-in');
    const output = given.get('physdev-out');
    if (input !== undefined) spec.in = { name: input.value, ...negation(input) };
    if (output !== undefined) spec.out = { name: output.value, ...negation(output) };
    setFlag(spec, 'isIn', given, 'physdev-is-in');
    setFlag(spec, 'isOut', given, 'physdev-is-out');
    setFlag(spec, 'isBridged', given, 'physdev-is-bridged');
    return spec;
  },

  list: (spec) => ` PHYSDEV match${dump(spec)}`,
  save: dump,
};

function setFlag(
  spec: PhysdevMatch,
  key: 'isIn' | 'isOut' | 'isBridged',
  given: GivenOptions,
  name: string,
): void {
  const option = given.get(name);
  if (option !== undefined) spec[key] = negation(option);
}

function dump(spec: PhysdevMatch): string {
  const item = (value: Negatable | undefined, name: string, text = '') =>
    value === undefined ? '' : `${bang(value)} --physdev-${name}${text}`;
  return (
    item(spec.in, 'in', ` ${spec.in?.name}`) +
    item(spec.isIn, 'is-in') +
    item(spec.out, 'out', ` ${spec.out?.name}`) +
    item(spec.isOut, 'is-out') +
    item(spec.isBridged, 'is-bridged')
  );
}
