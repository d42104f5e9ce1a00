import { ControlError } from '../netns/control-error.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import {
  HOOK_NAMES,
  type HookName,
  type MatchSpec,
  type RecentMatch,
  type RuleSpec,
  type TableName,
} from './control-types.ts';

/** Protocols with ports that `multiport` knows: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const PORT_PROTOCOLS = new Set<number>([IpProtocol.tcp, IpProtocol.udp, 33, 132, 136]);

/** Where a target may stand; absent: anywhere. */
const places: Record<string, { tables?: readonly TableName[]; hooks?: readonly HookName[] }> = {
  REJECT: { tables: ['filter'], hooks: ['INPUT', 'FORWARD', 'OUTPUT'] },
  DNAT: { tables: ['nat'], hooks: ['PREROUTING', 'OUTPUT'] },
  REDIRECT: { tables: ['nat'], hooks: ['PREROUTING', 'OUTPUT'] },
  SNAT: { tables: ['nat'], hooks: ['POSTROUTING', 'INPUT'] },
  MASQUERADE: { tables: ['nat'], hooks: ['POSTROUTING'] },
  CT: { tables: ['raw'] },
  TTL: { tables: ['mangle'] },
};

/** What the kernel checks of a rule by itself (`checkentry` of matches and targets). @throws ControlError EINVAL */
export function checkRule(table: TableName, spec: RuleSpec): void {
  for (const match of spec.matches ?? []) checkMatch(match, spec);
  const { target } = spec;
  if (target === undefined) return;
  const tables = places[target.target]?.tables;
  if (tables !== undefined && !tables.includes(table)) throw new ControlError('EINVAL');
  if (target.target === 'REJECT' && target.with === 'tcp-reset' && !isProtocol(spec, IpProtocol.tcp)) {
    throw new ControlError('EINVAL');
  }
  if (target.target === 'TCPMSS' && !isProtocol(spec, IpProtocol.tcp)) throw new ControlError('EINVAL');
}

/** Whether a rule may stand where packets of these hooks (bits) come by. @throws ControlError EINVAL */
export function checkTarget(_table: TableName, spec: RuleSpec, hooks: number): void {
  const allowed = spec.target === undefined ? undefined : places[spec.target.target]?.hooks;
  if (allowed !== undefined && (hooks & ~bitsOf(allowed)) !== 0) throw new ControlError('EINVAL');
  for (const match of spec.matches ?? []) {
    if ((hooks & forbiddenHooks(match)) !== 0) throw new ControlError('EINVAL');
  }
}

/** Hooks at which a match knows nothing of what it asks. */
function forbiddenHooks(match: MatchSpec): number {
  if (match.match === 'addrtype') {
    if (match.limitIfaceIn === true) return bitsOf(['OUTPUT', 'POSTROUTING']);
    if (match.limitIfaceOut === true) return bitsOf(['PREROUTING', 'INPUT']);
  }
  if (match.match === 'physdev' && (match.out !== undefined || match.isOut !== undefined)) {
    if (match.isBridged === undefined || match.isBridged.not === true) return bitsOf(['OUTPUT']);
  }
  return 0;
}

function bitsOf(hooks: readonly HookName[]): number {
  return hooks.reduce((sum, hook) => sum | (1 << HOOK_NAMES.indexOf(hook)), 0);
}

function isProtocol(spec: RuleSpec, number: number): boolean {
  return spec.protocol !== undefined && spec.protocol.not !== true && spec.protocol.number === number;
}

function checkMatch(match: MatchSpec, spec: RuleSpec): void {
  if (!isMatchValid(match, spec)) throw new ControlError('EINVAL');
}

function isMatchValid(match: MatchSpec, spec: RuleSpec): boolean {
  switch (match.match) {
    case 'tcp':
      return isProtocol(spec, IpProtocol.tcp);
    case 'udp':
      return isProtocol(spec, IpProtocol.udp);
    case 'icmp':
      return isProtocol(spec, IpProtocol.icmp);
    case 'multiport': {
      const { protocol } = spec;
      const slots = match.ports.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);
      const known = protocol !== undefined && protocol.not !== true && PORT_PROTOCOLS.has(protocol.number);
      return known && slots >= 1 && slots <= 15;
    }
    case 'recent':
      return isRecentPlain(match) || ((match.reap !== true || (match.seconds ?? 0) > 0) && asksRecent(match));
    case 'limit':
      return match.average > 0 && match.burst > 0;
    case 'statistic':
      return match.mode === 'random' || (match.every > 0 && match.packet < match.every);
    default:
      return true;
  }
}

/** Whether a match looks the address up: only then may it say how often and how long ago (recent_mt_check). */
function asksRecent({ command }: RecentMatch): boolean {
  return command === 'rcheck' || command === 'update';
}

function isRecentPlain({ seconds, hitcount, reap, sameTtl }: RecentMatch): boolean {
  return seconds === undefined && hitcount === undefined && reap !== true && sameTtl !== true;
}
