import type { RouteView } from '../../models/netns/control-types.ts';
import { formatIpv4, type Ipv4Address, prefixMask } from '../../models/wire/ipv4-address.ts';
import type { CommandContext } from '../command.ts';
import { hostName } from '../resolve-host.ts';

const HEADING = 'Kernel IP routing table\n';
const COLUMNS = 'Destination     Gateway         Genmask         ';

/**
 * The main table as route(8) and `netstat -r` of net-tools print it from /proc/net/route: of several next
 * hops only the first.
 * @param layout `netstat` shows segment sizes and windows, `route` the metric
 * @returns exit status, 1 when the namespace has no routes at all and `netstat` is asked
 */
export function printRoutingTable(
  context: CommandContext,
  { layout, numeric }: { layout: 'netstat' | 'route'; numeric: boolean },
): number {
  const { stdout, namespace } = context;
  const columns = layout === 'netstat' ? 'Flags   MSS Window  irtt Iface' : 'Flags Metric Ref    Use Iface';
  stdout.write(`${HEADING}${COLUMNS}${columns}\n`);
  const routes = namespace.routes().filter(({ type }) => type !== 'throw');
  for (const route of routes) {
    const { flags, gateway, dev, rejects } = describe(route);
    const destination = nameOf(context, route.destination, route.prefixLength, numeric);
    const mask = formatIpv4(prefixMask(route.prefixLength));
    const start = [destination, gateway, mask].map((text) => `${text.padEnd(15)} `).join('');
    const none = rejects ? '-' : '0';
    const metric = String(route.metric).padEnd(6);
    const end =
      layout === 'netstat'
        ? `${none.padStart(5)} ${none.padEnd(5)} ${none.padStart(6)}`
        : `${metric} ${none.padEnd(2)} ${'0'.padStart(7)}`;
    stdout.write(`${start}${flags.padEnd(6)}${end} ${dev}\n`);
  }
  // without any routing table the kernel's file lacks even its heading, which netstat takes for a failure
  return layout === 'netstat' && namespace.tables().length === 0 ? 1 : 0;
}

function describe(route: RouteView): { flags: string; gateway: string; dev: string; rejects: boolean } {
  const host = route.prefixLength === 32 ? 'H' : '';
  if (route.type === 'unreachable' || route.type === 'prohibit') {
    return { flags: `!${host}`, gateway: '-', dev: '-', rejects: true };
  }
  const [hop] = route.nexthops;
  const gateway = hop?.gateway;
  return {
    flags: `U${gateway === undefined ? '' : 'G'}${host}`,
    gateway: formatIpv4(gateway ?? 0),
    dev: hop?.dev ?? '*',
    rejects: false,
  };
}

function nameOf(
  { hosts }: CommandContext,
  destination: Ipv4Address,
  prefixLength: number,
  numeric: boolean,
): string {
  if (numeric) return formatIpv4(destination);
  if (prefixLength === 0) return 'default';
  return hostName(hosts, destination) ?? formatIpv4(destination);
}
