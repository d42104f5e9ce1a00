import type { TargetSpec } from '../../../../models/netfilter/control-types.ts';
import type { Extension } from '../extension.ts';
import { connmark } from './connmark.ts';
import { ct, notrack } from './ct.ts';
import { log } from './log.ts';
import { mark } from './mark.ts';
import { dnat, masquerade, redirect, snat } from './nat.ts';
import { nflog } from './nflog.ts';
import { reject } from './reject.ts';
import { tcpmss } from './tcpmss.ts';
import { ttl } from './ttl.ts';

/** What `-j` finds before it looks for a chain of that name, by name; ACCEPT, DROP and RETURN take no options. */
export const TARGETS: ReadonlyMap<string, Extension<TargetSpec>> = new Map(
  (
    [
      plain('ACCEPT'),
      plain('DROP'),
      plain('RETURN'),
      connmark,
      ct,
      dnat,
      log,
      mark,
      masquerade,
      nflog,
      notrack,
      redirect,
      reject,
      snat,
      tcpmss,
      ttl,
    ] as unknown as Extension<TargetSpec>[]
  ).map((extension) => [extension.name, extension]),
);

/** Targets of iptables 1.8.9 that podwire has not. */
export const UNMODELLED_TARGETS: ReadonlySet<string> = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CLUSTERIP',
  'CONNSECMARK',
  'DSCP',
  'ECN',
  'HMARK',
  'IDLETIMER',
  'LED',
  'NETMAP',
  'NFQUEUE',
  'QUEUE',
  'RATEEST',
  'SECMARK',
  'SET',
  'SYNPROXY',
  'TCPOPTSTRIP',
  'TEE',
  'TOS',
  'TPROXY',
  'TRACE',
  'ULOG',
]);

/** The name that `-j` prints, and what prints the options; undefined for a chain. */
export function targetExtension(spec: TargetSpec): Extension<TargetSpec> | undefined {
  if (spec.target === 'chain') return undefined;
  return TARGETS.get(spec.target === 'CT' && spec.spelling === 'NOTRACK' ? 'NOTRACK' : spec.target);
}

function plain(target: 'ACCEPT' | 'DROP' | 'RETURN'): Extension<TargetSpec> {
  return { name: target, options: [], build: () => ({ target }), list: () => '', save: () => '' };
}
