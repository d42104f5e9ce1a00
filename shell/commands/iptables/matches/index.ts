import type { MatchSpec } from '../../../../models/netfilter/control-types.ts';
import type { Extension } from '../extension.ts';
import { addrtype } from './addrtype.ts';
import { comment } from './comment.ts';
import { conntrack, state } from './conntrack.ts';
import { icmp } from './icmp.ts';
import { iprange } from './iprange.ts';
import { length } from './length.ts';
import { limit } from './limit.ts';
import { mac } from './mac.ts';
import { connmark, mark } from './mark.ts';
import { multiport } from './multiport.ts';
import { physdev } from './physdev.ts';
import { pkttype } from './pkttype.ts';
import { recent } from './recent.ts';
import { set } from './set.ts';
import { statistic } from './statistic.ts';
import { tcp } from './tcp.ts';
import { ttl } from './ttl.ts';
import { udp } from './udp.ts';

/** What `-m` can load, by name. */
export const MATCHES: ReadonlyMap<string, Extension<MatchSpec>> = new Map(
  (
    [
      addrtype,
      comment,
      connmark,
      conntrack,
      icmp,
      iprange,
      length,
      limit,
      mac,
      mark,
      multiport,
      physdev,
      pkttype,
      recent,
      set,
      state,
      statistic,
      tcp,
      ttl,
      udp,
    ] as unknown as Extension<MatchSpec>[]
  ).map((extension) => [extension.name, extension]),
);

/** Matches of iptables 1.8.9 that podwire has not. */
export const UNMODELLED_MATCHES: ReadonlySet<string> = new Set([
  'ah',
  'bpf',
  'cgroup',
  'cluster',
  'connbytes',
  'connlabel',
  'connlimit',
  'cpu',
  'dccp',
  'devgroup',
  'dscp',
  'ecn',
  'esp',
  'hashlimit',
  'helper',
  'ipcomp',
  'ipvs',
  'nfacct',
  'osf',
  'owner',
  'policy',
  'quota',
  'rateest',
  'realm',
  'rpfilter',
  'sctp',
  'socket',
  'string',
  'tcpmss',
  'time',
  'tos',
  'u32',
]);

/** The extension that reads and prints a match. */
export function matchExtension(spec: MatchSpec): Extension<MatchSpec> {
  const name = spec.match === 'conntrack' && spec.spelling === 'state' ? 'state' : spec.match;
  return MATCHES.get(name)!;
}
