import { parameterProblem } from '../errors.ts';
import type { TargetExtension } from '../extension.ts';
import { buildChange, CHANGE_OPTIONS, listChange, saveChange } from './mark-arithmetic.ts';

/** `-j MARK` */
export const mark: TargetExtension<'MARK'> = {
  name: 'MARK',
  options: CHANGE_OPTIONS,

  build(given) {
    const change = buildChange(given, 'MARK');
    if (change === undefined) {
      throw parameterProblem('MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required');
    }
    return { target: 'MARK', ...change };
  },

  list: (spec) => ` MARK${listChange(spec)}`,
  save: saveChange,
};
