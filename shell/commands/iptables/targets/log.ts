import type { TargetSpec } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import type { TargetExtension } from '../extension.ts';
import { parseNumber, savedString } from '../values.ts';

type Log = Extract<TargetSpec, { target: 'LOG' }>;
type Flag = 'tcpSequence' | 'tcpOptions' | 'ipOptions' | 'uid' | 'macDecode';

const FLAGS: readonly { name: string; key: Flag; bit: number }[] = [
  { name: 'tcp-sequence', key: 'tcpSequence', bit: 1 },
  { name: 'tcp-options', key: 'tcpOptions', bit: 2 },
  { name: 'ip-options', key: 'ipOptions', bit: 4 },
  { name: 'uid', key: 'uid', bit: 8 },
  { name: 'macdecode', key: 'macDecode', bit: 32 },
];

/** By number, as they are printed. */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
/** As they are read. */
const LEVEL_NAMES: ReadonlyMap<string, number> = new Map([
  ['alert', 1],
  ['crit', 2],
  ['debug', 7],
  ['emerg', 0],
  ['error', 3],
  ['info', 6],
  ['notice', 5],
  ['panic', 0],
  ['warning', 4],
]);
const DEFAULT_LEVEL = 4;
const PREFIX_LENGTH = 29;

/** `-j LOG` */
export const log: TargetExtension<'LOG'> = {
  name: 'LOG',
  options: [
    { name: 'log-level' },
    { name: 'log-prefix' },
    ...FLAGS.map(({ name }) => ({ name: `log-${name}`, words: 0 as const })),
  ],

  build(given) {
    const spec: Log = {
      target: 'LOG',
      level: DEFAULT_LEVEL,
      prefix: (given.get('log-prefix')?.value ?? '').slice(0, PREFIX_LENGTH),
    };
    const level = given.get('log-level');
    if (level !== undefined) spec.level = parseLevel(level.value);
    for (const { name, key } of FLAGS) if (given.has(`log-${name}`)) spec[key] = true;
    return spec;
  },

  list(spec, numeric) {
    const set = FLAGS.filter(({ key }) => spec[key] === true);
    const prefix = spec.prefix === '' ? '' : ` prefix "${spec.prefix}"`;
    if (numeric) {
      const bits = set.reduce((sum, { bit }) => sum + bit, 0);
      return ` LOG flags ${bits} level ${spec.level}${prefix}`;
    }
    return ` LOG level ${LEVELS[spec.level]}${set.map(({ name }) => ` ${name}`).join('')}${prefix}`;
  },

  save(spec) {
    const set = FLAGS.filter(({ key }) => spec[key] === true);
    return (
      (spec.prefix === '' ? '' : ` --log-prefix${savedString(spec.prefix)}`) +
      (spec.level === DEFAULT_LEVEL ? '' : ` --log-level ${spec.level}`) +
      set.map(({ name }) => ` --log-${name}`).join('')
    );
  },
};

function parseLevel(text: string): number {
  const level = parseNumber(text, 7) ?? LEVEL_NAMES.get(text.toLowerCase());
  if (level === undefined) throw parameterProblem(`log level "${text}" unknown\n`);
  return level;
}
