import type { TcpMatch } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type GivenOptions, type MatchExtension, negation } from '../extension.ts';
import { parseNumber } from '../values.ts';
import { buildPorts, listPorts, needsProtocol, PORT_OPTIONS, savePorts } from './ports.ts';

const TCP = 6;

/** In the order of their bits, which is that of printing. */
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const ALL_FLAGS = 0x3f;
const SYN_MASK = 0x17;
const SYN = 0x02;

/** `-m tcp` */
export const tcp: MatchExtension<'tcp'> = {
  name: 'tcp',
  options: [
    ...PORT_OPTIONS,
    { name: 'syn', words: 0, invertible: true, onceText: "Only one of `--syn' or `--tcp-flags'  allowed" },
    {
      name: 'tcp-flags',
      words: 2,
      invertible: true,
      onceText: "Only one of `--syn' or `--tcp-flags'  allowed",
    },
    { name: 'tcp-option', invertible: true, onceText: "Only one `--tcp-option' allowed" },
  ],

  build(given, { protocol }) {
    needsProtocol('tcp', protocol?.number, TCP);
    const spec: TcpMatch = { match: 'tcp', ...buildPorts(given, TCP) };
    const flags = buildFlags(given);
    if (flags !== undefined && (flags.mask !== 0 || flags.compare !== 0)) spec.flags = flags;
    const option = given.get('tcp-option');
    if (option !== undefined) spec.option = { kind: optionKind(option.value), ...negation(option) };
    return spec;
  },

  list(spec, numeric) {
    const { flags, option } = spec;
    const mark = (negated: { not?: boolean }) => (negated.not === true ? '!' : '');
    let text = ` tcp${listPorts(spec, numeric, TCP)}`;
    if (option !== undefined) text += ` option=${mark(option)}${option.kind}`;
    if (flags !== undefined) {
      const word = numeric ? bits : flagNames;
      text += ` flags:${mark(flags)}${word(flags.mask)}/${word(flags.compare)}`;
    }
    return text;
  },

  save(spec) {
    const { flags, option } = spec;
    let text = savePorts(spec);
    if (option !== undefined) text += `${bang(option)} --tcp-option ${option.kind}`;
    if (flags !== undefined) {
      text += `${bang(flags)} --tcp-flags ${flagNames(flags.mask)} ${flagNames(flags.compare)}`;
    }
    return text;
  },
};

function buildFlags(given: GivenOptions): TcpMatch['flags'] {
  const syn = given.get('syn');
  const flags = given.get('tcp-flags');
  if (syn !== undefined && flags !== undefined) {
    throw parameterProblem("Only one of `--syn' or `--tcp-flags'  allowed");
  }
  if (syn !== undefined) return { mask: SYN_MASK, compare: SYN, ...negation(syn) };
  if (flags === undefined) return undefined;
  return { mask: parseFlags(flags.value), compare: parseFlags(flags.second), ...negation(flags) };
}

function parseFlags(text: string): number {
  let flags = 0;
  for (const name of text.split(',')) {
    const upper = name.toUpperCase();
    const bit = FLAGS.indexOf(upper);
    if (upper === 'ALL') flags |= ALL_FLAGS;
    else if (bit >= 0) flags |= 1 << bit;
    else if (upper !== 'NONE') throw parameterProblem(`Unknown TCP flag \`${name}'`);
  }
  return flags;
}

function flagNames(flags: number): string {
  return FLAGS.filter((_name, bit) => (flags & (1 << bit)) !== 0).join(',') || 'NONE';
}

function bits(flags: number): string {
  return `0x${flags.toString(16).toUpperCase().padStart(2, '0')}`;
}

function optionKind(text: string): number {
  const kind = parseNumber(text, 255, 1);
  if (kind === undefined) throw parameterProblem(`Bad TCP option "${text}"`);
  return kind;
}
