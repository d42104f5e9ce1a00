import type { IprangeMatch, Range } from '../../../../models/netfilter/control-types.ts';
import { formatIpv4, parseIpv4 } from '../../../../models/wire/ipv4-address.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type MatchExtension, negation } from '../extension.ts';

/** `-m iprange` */
export const iprange: MatchExtension<'iprange'> = {
  name: 'iprange',
  options: [
    { name: 'src-range', invertible: true },
    { name: 'dst-range', invertible: true },
  ],

  build(given) {
    const spec: IprangeMatch = { match: 'iprange' };
    const source = given.get('src-range');
    const destination = given.get('dst-range');
    if (source === undefined && destination === undefined) {
      throw parameterProblem("iprange match: You must specify `--src-range' or `--dst-range'");
    }
    if (source !== undefined) {
      spec.source = { ...parseAddressRange('src-range', source.value), ...negation(source) };
    }
    if (destination !== undefined) {
      spec.destination = { ...parseAddressRange('dst-range', destination.value), ...negation(destination) };
    }
    return spec;
  },

  list({ source, destination }) {
    const item = (range: IprangeMatch['source'], side: string) =>
      range === undefined ? '' : ` ${side} IP range${bang(range)} ${formatAddressRange(range)}`;
    return item(source, 'source') + item(destination, 'destination');
  },

  save({ source, destination }) {
    const item = (range: IprangeMatch['source'], option: string) =>
      range === undefined ? '' : `${bang(range)} --${option} ${formatAddressRange(range)}`;
    return item(source, 'src-range') + item(destination, 'dst-range');
  },
};

function parseAddressRange(option: string, text: string): Range {
  const [from, to = from, ...rest] = text.split('-');
  const first = parseIpv4(from);
  const last = parseIpv4(to);
  if (first === undefined || last === undefined || rest.length > 0) {
    throw parameterProblem(`iprange: Bad value for "--${option}" option: "${text}"`);
  }
  return { first: first >>> 0, last: last >>> 0 };
}

function formatAddressRange({ first, last }: Range): string {
  return `${formatIpv4(first)}-${formatIpv4(last)}`;
}
