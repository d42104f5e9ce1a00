import type { MatchExtension } from '../extension.ts';
import { savedString } from '../values.ts';

const MAXIMUM = 255;

/** `-m comment`: matches always */
export const comment: MatchExtension<'comment'> = {
  name: 'comment',
  options: [{ name: 'comment' }],
  build: (given) => ({ match: 'comment', text: given.required('comment').value.slice(0, MAXIMUM) }),
  list: (spec) => ` /* ${spec.text} */`,
  save: (spec) => ` --comment${savedString(spec.text)}`,
};
