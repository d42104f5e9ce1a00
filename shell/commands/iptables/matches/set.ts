import type { SetMatch } from '../../../../models/netfilter/control-types.ts';
import { NotSupported } from '../../../failure.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';

/** Options that change or ask for what the simulator does not keep of its sets. */
const UNMODELLED = [
  { name: 'update-counters', words: 0 },
  { name: 'update-subcounters', words: 0 },
  { name: 'packets-eq' },
  { name: 'packets-lt' },
  { name: 'packets-gt' },
  { name: 'bytes-eq' },
  { name: 'bytes-lt' },
  { name: 'bytes-gt' },
] as const;

const NEEDS_SET = "You must specify `--match-set' with proper arguments";

/** `-m set` */
export const set: MatchExtension<'set'> = {
  name: 'set',
  options: [
    {
      name: 'match-set',
      aliases: ['set'],
      words: 2,
      invertible: true,
      onceText: '--match-set can be specified only once',
    },
    { name: 'return-nomatch', words: 0 },
    ...UNMODELLED.map((option) => ({ ...option, invertible: true })),
  ],

  build(given, { hasSet }) {
    const unmodelled = UNMODELLED.find(({ name }) => given.has(name));
    if (unmodelled !== undefined) throw new NotSupported('iptables', `-m set --${unmodelled.name}`);
    const option = given.get('match-set');
    if (option === undefined) throw parameterProblem(NEEDS_SET);
    if (!hasSet(option.value)) throw parameterProblem(`Set ${option.value} doesn't exist.\n`);
    const returnNomatch = given.has('return-nomatch') ? { returnNomatch: true } : {};
    const directions = parseDirections(option.second);
    return { match: 'set', set: option.value, directions, ...returnNomatch, ...negation(option) };
  },

  list: (spec) => `${bang(spec)} match-set${rest(spec)}`,
  save: (spec) => `${bang(spec)} --match-set${rest(spec)}`,
};

function rest(spec: SetMatch): string {
  const nomatch = spec.returnNomatch === true ? ' --return-nomatch' : '';
  return ` ${spec.set} ${spec.directions.join(',')}${nomatch}`;
}

function parseDirections(text: string): SetMatch['directions'] {
  return text.split(',').map((word) => {
    if (word === 'src' || word === 'dst') return word;
    throw parameterProblem("You must spefify (the comma separated list of) 'src' or 'dst'.");
  });
}
