import type { Command } from '../command.ts';
import { NotSupported } from '../failure.ts';
import { printRoutingTable } from './kernel-routing-table.ts';

/** route(8) of net-tools 2.10: `route [-n]` shows the routing table; `ip route` changes it. */
export const route: Command = (context, words) => {
  const unknown = words.find((word) => !/^-[ne]+$/.test(word));
  if (unknown !== undefined) throw new NotSupported('route', `"${unknown}"`);
  const numeric = words.some((word) => word.includes('n'));
  return printRoutingTable(context, { layout: 'route', numeric });
};
