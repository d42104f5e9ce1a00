import type { ChainView } from '../../../models/netfilter/control-types.ts';
import { kilo, type ListStyle, listRule } from './list-rule.ts';

/** A chain as `iptables -L` shows it, with its two lines of headings. */
export function listChain(chain: ChainView, style: ListStyle): string {
  const rows = chain.rules.map((rule, index) => listRule(rule, index + 1, style));
  return heading(chain, style) + columns(style) + rows.join('');
}

function heading(chain: ChainView, { verbose, exact }: ListStyle): string {
  if (chain.policy === undefined) return `Chain ${chain.name} (${chain.references} references)\n`;
  const number = (count: number) => (exact ? String(count) : kilo(count));
  const counters = verbose ? ` ${number(chain.packets)} packets, ${number(chain.bytes)} bytes` : '';
  return `Chain ${chain.name} (policy ${chain.policy}${counters})\n`;
}

function columns({ verbose, exact, lineNumbers }: ListStyle): string {
  const counters = exact ? '    pkts      bytes ' : ' pkts bytes ';
  return (
    (lineNumbers ? 'num  ' : '') +
    (verbose ? counters : '') +
    'target     prot opt ' +
    (verbose ? 'in     out     ' : '') +
    'source               destination         \n'
  );
}
