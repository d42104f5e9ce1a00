import { NotSupported } from '../../../failure.ts';
import { parameterProblem } from '../errors.ts';
import type { TargetExtension } from '../extension.ts';
import { parseNumber } from '../values.ts';

const UNMODELLED = ['helper', 'ctevents', 'expevents', 'zone-orig', 'zone-reply', 'timeout'];

/** `-j CT` */
export const ct: TargetExtension<'CT'> = {
  name: 'CT',
  options: [{ name: 'notrack', words: 0 }, { name: 'zone' }, ...UNMODELLED.map((name) => ({ name }))],

  build(given) {
    const unmodelled = UNMODELLED.find((name) => given.has(name));
    if (unmodelled !== undefined) throw new NotSupported('iptables', `-j CT --${unmodelled}`);
    const zone = given.get('zone');
    return {
      target: 'CT',
      ...(given.has('notrack') ? { notrack: true } : {}),
      ...(zone === undefined ? {} : { zone: zoneNumber(zone.value) }),
    };
  },

  list(spec) {
    if (spec.spelling === 'NOTRACK') return ' NOTRACK';
    const notrack = spec.notrack === true ? ' notrack' : '';
    return ` CT${notrack}${spec.zone === undefined ? '' : ` zone ${spec.zone}`}`;
  },

  save(spec) {
    if (spec.spelling === 'NOTRACK') return '';
    const notrack = spec.notrack === true ? ' --notrack' : '';
    return `${notrack}${spec.zone === undefined ? '' : ` --zone ${spec.zone}`}`;
  },
};

function zoneNumber(text: string): number {
  const zone = parseNumber(text, 0xffff);
  if (zone === undefined) throw parameterProblem(`Cannot parse ${text} as a zone ID`);
  return zone;
}

/** `-j NOTRACK`, the older spelling of `-j CT --notrack`. */
export const notrack: TargetExtension<'CT'> = {
  ...ct,
  name: 'NOTRACK',
  options: [],
  build: () => ({ target: 'CT', notrack: true, spelling: 'NOTRACK' }),
};
