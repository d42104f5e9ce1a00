import type { OptionDefinition, TargetExtension } from '../extension.ts';
import { formatRange } from '../values.ts';
import { buildFlags, formatFlags, formatNatRange, parseNatRange, parsePorts } from './nat-range.ts';

const RANDOM: OptionDefinition = { name: 'random', words: 0 };
/** Only where sources are translated. */
const RANDOM_FULLY: OptionDefinition = { name: 'random-fully', words: 0 };

/** `-j DNAT`, `-j SNAT`: to addresses that the rule names. */
function toAddresses(
  target: 'DNAT' | 'SNAT',
  option: string,
  randomness: readonly OptionDefinition[],
): TargetExtension<'DNAT' | 'SNAT'> {
  return {
    name: target,
    options: [{ name: option }, ...randomness, { name: 'persistent', words: 0 }],

    build(given, context) {
      const range = parseNatRange(given.required(option).value, context);
      return { target, ...range, ...buildFlags(given) };
    },

    list: (spec) => ` to:${formatNatRange(spec)}${formatFlags(spec, '')}`,
    save: (spec) => ` --${option} ${formatNatRange(spec)}${formatFlags(spec, '--')}`,
  };
}

/** `-j MASQUERADE`, `-j REDIRECT`: to an address of the interface. */
function toInterface(
  target: 'MASQUERADE' | 'REDIRECT',
  words: string,
  randomness: readonly OptionDefinition[],
): TargetExtension<'MASQUERADE' | 'REDIRECT'> {
  return {
    name: target,
    options: [{ name: 'to-ports' }, ...randomness],

    build(given, context) {
      const ports = given.get('to-ports');
      return {
        target,
        ...(ports === undefined ? {} : { ports: parsePorts(ports.value, context).ports }),
        ...buildFlags(given),
      };
    },

    list: (spec) =>
      (spec.ports === undefined ? '' : ` ${words} ${formatRange(spec.ports, '-')}`) + formatFlags(spec, ''),
    save: (spec) =>
      (spec.ports === undefined ? '' : ` --to-ports ${formatRange(spec.ports, '-')}`) +
      formatFlags(spec, '--'),
  };
}

export const dnat = toAddresses('DNAT', 'to-destination', [RANDOM]);
export const snat = toAddresses('SNAT', 'to-source', [RANDOM, RANDOM_FULLY]);
export const masquerade = toInterface('MASQUERADE', 'masq ports:', [RANDOM, RANDOM_FULLY]);
export const redirect = toInterface('REDIRECT', 'redir ports', [RANDOM]);
