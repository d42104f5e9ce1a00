import type { AddressType, AddrtypeMatch } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type GivenOption, type MatchExtension, negation } from '../extension.ts';

/** In the order of printing. */
const TYPES: readonly AddressType[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
];

/** `-m addrtype` */
export const addrtype: MatchExtension<'addrtype'> = {
  name: 'addrtype',
  options: [
    { name: 'src-type', invertible: true },
    { name: 'dst-type', invertible: true },
    { name: 'limit-iface-in', words: 0, excludes: ['limit-iface-out'] },
    { name: 'limit-iface-out', words: 0, excludes: ['limit-iface-in'] },
  ],

  build(given) {
    const source = given.get('src-type');
    const destination = given.get('dst-type');
    if (source === undefined && destination === undefined) {
      throw parameterProblem('addrtype: you must specify --src-type or --dst-type');
    }
    const spec: AddrtypeMatch = { match: 'addrtype' };
    if (source !== undefined) spec.source = typeList(source);
    if (destination !== undefined) spec.destination = typeList(destination);
    if (given.has('limit-iface-in')) spec.limitIfaceIn = true;
    if (given.has('limit-iface-out')) spec.limitIfaceOut = true;
    return spec;
  },

  list({ source, destination, limitIfaceIn, limitIfaceOut }) {
    const list = (name: string, types: AddrtypeMatch['source']) =>
      types === undefined ? '' : ` ${name} ${types.not === true ? '!' : ''}${types.any.join(',')}`;
    const limits = (limitIfaceIn === true ? ' limit-in' : '') + (limitIfaceOut === true ? ' limit-out' : '');
    return ` ADDRTYPE match${list('src-type', source)}${list('dst-type', destination)}${limits}`;
  },

  save({ source, destination, limitIfaceIn, limitIfaceOut }) {
    const list = (name: string, types: AddrtypeMatch['source']) =>
      types === undefined ? '' : `${bang(types)} --${name} ${types.any.join(',')}`;
    return (
      list('src-type', source) +
      list('dst-type', destination) +
      (limitIfaceIn === true ? ' --limit-iface-in' : '') +
      (limitIfaceOut === true ? ' --limit-iface-out' : '')
    );
  },
};

function typeList(option: GivenOption): NonNullable<AddrtypeMatch['source']> {
  const words = option.value.split(',');
  const chosen = words.map((word, index) => {
    const type = TYPES.find((candidate) => candidate === word.toUpperCase());
    if (type === undefined) throw parameterProblem(`addrtype: bad type "${words.slice(index).join(',')}"`);
    return type;
  });
  return { any: TYPES.filter((type) => chosen.includes(type)), ...negation(option) };
}
