import type { TargetSpec } from '../../../../models/netfilter/control-types.ts';
import type { TargetExtension } from '../extension.ts';
import { integerOption, savedString } from '../values.ts';

type Nflog = Extract<TargetSpec, { target: 'NFLOG' }>;

const PREFIX_LENGTH = 63;
const MAXIMUM = 0xffff;

/** `-j NFLOG` */
export const nflog: TargetExtension<'NFLOG'> = {
  name: 'NFLOG',
  options: [
    { name: 'nflog-group' },
    { name: 'nflog-prefix' },
    { name: 'nflog-size' },
    { name: 'nflog-threshold' },
  ],

  build(given) {
    const number = (name: string, maximum: number): number | undefined => {
      const option = given.get(name);
      return option === undefined ? undefined : integerOption('NFLOG', name, option.value, maximum);
    };
    const spec: Nflog = {
      target: 'NFLOG',
      group: number('nflog-group', MAXIMUM) ?? 0,
      prefix: (given.get('nflog-prefix')?.value ?? '').slice(0, PREFIX_LENGTH),
    };
    const size = number('nflog-size', 0xffffffff);
    if (size !== undefined) spec.size = size;
    const threshold = number('nflog-threshold', MAXIMUM);
    if (threshold !== undefined) spec.threshold = threshold;
    return spec;
  },

  list: (spec) => dump(spec, spec.prefix === '' ? '' : ` "${spec.prefix}"`, ''),
  save: (spec) => dump(spec, spec.prefix === '' ? '' : savedString(spec.prefix), '--'),
};

function dump(spec: Nflog, prefix: string, dashes: string): string {
  return (
    (prefix === '' ? '' : ` ${dashes}nflog-prefix${prefix}`) +
    (spec.group === 0 ? '' : ` ${dashes}nflog-group ${spec.group}`) +
    (spec.size === undefined ? '' : ` ${dashes}nflog-size ${spec.size}`) +
    (spec.threshold === undefined ? '' : ` ${dashes}nflog-threshold ${spec.threshold}`)
  );
}
