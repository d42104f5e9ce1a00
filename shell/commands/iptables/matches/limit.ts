import { parameterProblem } from '../errors.ts';
import type { MatchExtension } from '../extension.ts';
import { integerOption } from '../values.ts';

/** XT_LIMIT_SCALE: what a second is in the kernel's units. */
const SECOND = 10_000;
/** From the longest to the shortest, as rates are printed. */
const UNITS = [
  { name: 'day', length: 86_400 * SECOND },
  { name: 'hour', length: 3600 * SECOND },
  { name: 'min', length: 60 * SECOND },
  { name: 'sec', length: SECOND },
];
const WORDS = ['second', 'minute', 'hour', 'day'];

const DEFAULT_AVERAGE = UNITS[1].length / 3;
const DEFAULT_BURST = 5;

/** `-m limit` */
export const limit: MatchExtension<'limit'> = {
  name: 'limit',
  options: [{ name: 'limit' }, { name: 'limit-burst' }],

  build(given) {
    const rate = given.get('limit');
    const burst = given.get('limit-burst');
    return {
      match: 'limit',
      average: rate === undefined ? DEFAULT_AVERAGE : parseRate(rate.value),
      burst: burst === undefined ? DEFAULT_BURST : integerOption('limit', 'limit-burst', burst.value, 10_000),
    };
  },

  list: (spec) => ` limit: avg ${formatRate(spec.average)} burst ${spec.burst}`,
  save: (spec) =>
    ` --limit ${formatRate(spec.average)}${spec.burst === DEFAULT_BURST ? '' : ` --limit-burst ${spec.burst}`}`,
};

/** `5`, `5/s`, `5/min`, `5/hour`, `5/d`: the time that each packet costs. */
function parseRate(text: string): number {
  const match = /^\s*(\d+)([^/]*)(?:\/(.+))?$/.exec(text);
  const unit = (match?.[3] ?? 'second').toLowerCase();
  const word = WORDS.find((name) => name.startsWith(unit));
  const rate = Number(match?.[1] ?? 0);
  if (match === null || word === undefined || rate === 0) throw parameterProblem(`bad rate "${text}"'`);
  const { length } = UNITS.find(({ name }) => word.startsWith(name))!;
  if (Math.floor((rate * SECOND) / length) > SECOND) throw parameterProblem(`Rate too fast "${text}"`);
  return Math.floor(length / rate);
}

function formatRate(average: number): string {
  let chosen = UNITS[0];
  for (const unit of UNITS.slice(1)) {
    if (average > unit.length || Math.floor(unit.length / average) < unit.length % average) break;
    chosen = unit;
  }
  return `${Math.floor(chosen.length / average)}/${chosen.name}`;
}
