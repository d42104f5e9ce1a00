import type { TargetSpec } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import type { GivenOptions, TargetExtension } from '../extension.ts';
import { ALL_ONES, hexadecimal, integerOption } from '../values.ts';
import { buildChange, CHANGE_OPTIONS, listChange, saveChange } from './mark-arithmetic.ts';

type Copy = Extract<TargetSpec, { target: 'CONNMARK'; mode: 'save' | 'restore' }>;

/** `-j CONNMARK` */
export const connmark: TargetExtension<'CONNMARK'> = {
  name: 'CONNMARK',
  options: [
    ...CHANGE_OPTIONS,
    { name: 'save-mark', words: 0, excludes: ['restore-mark', 'set-mark', 'set-xmark'] },
    { name: 'restore-mark', words: 0, excludes: ['save-mark', 'set-mark', 'set-xmark'] },
    { name: 'ctmask' },
    { name: 'nfmask' },
    { name: 'mask', excludes: ['ctmask', 'nfmask'] },
  ],

  build(given) {
    if (given.has('save-mark')) return copy('save', given);
    if (given.has('restore-mark')) return copy('restore', given);
    const change = buildChange(given, 'CONNMARK');
    if (change === undefined) throw parameterProblem('CONNMARK target: No operation specified');
    return { target: 'CONNMARK', mode: 'set', ...change };
  },

  list: (spec) =>
    spec.mode === 'set' ? ` CONNMARK${listChange(spec)}` : ` CONNMARK ${spec.mode}${listMasks(spec)}`,

  save: (spec) =>
    spec.mode === 'set'
      ? saveChange(spec)
      : ` --${spec.mode}-mark --nfmask ${hexadecimal(spec.mask)} --ctmask ${hexadecimal(spec.ctMask)}`,
};

function copy(mode: Copy['mode'], given: GivenOptions): Copy {
  const value = (name: string): number | undefined => {
    const option = given.get(name);
    return option === undefined ? undefined : integerOption('CONNMARK', name, option.value);
  };
  const both = value('mask') ?? ALL_ONES;
  return { target: 'CONNMARK', mode, mask: value('nfmask') ?? both, ctMask: value('ctmask') ?? both };
}

function listMasks({ mode, mask, ctMask }: Copy): string {
  if (mask === ctMask) return mask === ALL_ONES ? '' : ` mask ${hexadecimal(mask)}`;
  return mode === 'save'
    ? ` nfmask ${hexadecimal(mask)} ctmask ~${hexadecimal(ctMask)}`
    : ` ctmask ${hexadecimal(ctMask)} nfmask ~${hexadecimal(mask)}`;
}
