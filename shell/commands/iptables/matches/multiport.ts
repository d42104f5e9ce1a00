import type { MultiportMatch, Range } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation, type RuleContext } from '../extension.ts';
import { serviceName } from '../services.ts';
import { formatRange, parsePort } from '../values.ts';

const SIDES: readonly { option: string; short: string; side: MultiportMatch['side'] }[] = [
  { option: 'source-ports', short: 'sports', side: 'source' },
  { option: 'destination-ports', short: 'dports', side: 'destination' },
  { option: 'ports', short: 'ports', side: 'either' },
];

/** TCP, UDP, UDPLITE, SCTP and DCCP. */
const PROTOCOLS = [6, 17, 136, 132, 33];
const MAXIMUM = 15;

/** `-m multiport` */
export const multiport: MatchExtension<'multiport'> = {
  name: 'multiport',
  options: SIDES.map(({ option, short }) => ({
    name: option,
    aliases: short === option ? [] : [short],
    invertible: true,
    excludes: SIDES.map((other) => other.option).filter((other) => other !== option),
  })),

  build(given, context) {
    const used = SIDES.find(({ option }) => given.has(option));
    if (used === undefined) throw parameterProblem('multiport expection an option');
    const option = given.get(used.option)!;
    const ports = parsePorts(option.value, checkProtocol(context));
    return { match: 'multiport', side: used.side, ports, ...negation(option) };
  },

  list(spec, numeric, protocol) {
    const word = (port: number) => (numeric ? String(port) : serviceName(port, protocol));
    const ports = spec.ports.map(({ first, last }) =>
      first === last ? word(first) : `${word(first)}:${word(last)}`,
    );
    return ` multiport ${shortName(spec)} ${spec.not === true ? ' !' : ''}${ports.join(',')}`;
  },

  save(spec) {
    const ports = spec.ports.map((range) => formatRange(range));
    return `${bang(spec)} --${shortName(spec)} ${ports.join(',')}`;
  },
};

function shortName({ side }: MultiportMatch): string {
  return SIDES.find((candidate) => candidate.side === side)!.short;
}

function checkProtocol({ protocol }: RuleContext): number {
  if (protocol === undefined) {
    throw parameterProblem("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
  }
  if (protocol.not === true || !PROTOCOLS.includes(protocol.number)) {
    throw parameterProblem('multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP');
  }
  return protocol.number;
}

function parsePorts(text: string, protocol: number): Range[] {
  let numbers = 0;
  return text.split(',').map((item) => {
    const [first, last] = item.split(':').map((port) => parsePort(port, protocol));
    numbers += last === undefined ? 1 : 2;
    if (numbers > MAXIMUM) throw parameterProblem('too many ports specified');
    if (last !== undefined && first >= last) throw parameterProblem('invalid portrange specified');
    return { first, last: last ?? first };
  });
}
