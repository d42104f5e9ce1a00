import type { MarkMatch } from '../../../../models/netfilter/control-types.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';
import { formatMark, markOption } from '../values.ts';

function extension(name: MarkMatch['match'], afterMatch: string): MatchExtension<'mark' | 'connmark'> {
  return {
    name,
    options: [{ name: 'mark', invertible: true }],

    build(given) {
      const option = given.required('mark');
      return { match: name, ...markOption(name, 'mark', option.value), ...negation(option) };
    },

    list: (spec) => ` ${name} match${spec.not === true ? ' !' : afterMatch} ${formatMark(spec)}`,
    save: (spec) => `${bang(spec)} --mark ${formatMark(spec)}`,
  };
}

/** `-m mark`: the mark of the packet */
export const mark = extension('mark', '');

/** `-m connmark`: the mark of its connection */
export const connmark = extension('connmark', ' ');
