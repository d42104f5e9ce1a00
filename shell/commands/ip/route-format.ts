import { RouteProtocol, RouteTable, type RouteView, Scope } from '../../../models/netns/control-types.ts';
import { formatIpv4, formatPrefix } from '../../../models/wire/ipv4-address.ts';
import { Entry } from '../iproute2/entry.ts';
import { protocols, scopes, tables } from '../iproute2/names.ts';

/** Which parts of a route are left out, because the selection has already said them. */
export interface RouteFormat {
  details: boolean;
  hide: ReadonlySet<'table' | 'via' | 'dev' | 'proto' | 'scope' | 'src' | 'metric'>;
}

/** `default`, `10.244.2.2` or `10.244.1.0/24` */
function destinationText(destination: number, prefixLength: number): string {
  if (prefixLength === 0) return 'default';
  return prefixLength === 32
    ? formatIpv4(destination)
    : formatPrefix({ address: destination, length: prefixLength });
}

/** A route as `ip route show` prints it. */
export function routeEntry(route: RouteView, { details, hide }: RouteFormat): Entry {
  const entry = new Entry();
  const several = route.nexthops.length > 1;
  const [hop] = several ? [] : route.nexthops;
  if (route.type !== 'unicast' || details) entry.field('type', route.type);
  entry.field('dst', destinationText(route.destination, route.prefixLength));
  if (hop !== undefined) addWay(entry, hop, hide);
  const table = tables.name(route.table);
  if (!hide.has('table') && (route.table !== RouteTable.main || details)) {
    entry.field('table', table, `table ${table} `);
  }
  const protocol = protocols.name(route.protocol);
  if (!hide.has('proto') && (route.protocol !== RouteProtocol.boot || details)) {
    entry.field('protocol', protocol, `proto ${protocol} `);
  }
  const scope = scopes.name(route.scope);
  if (!hide.has('scope') && (route.scope !== Scope.global || details)) {
    entry.field('scope', scope, `scope ${scope} `);
  }
  if (!hide.has('src') && route.preferredSource !== undefined) {
    const source = formatIpv4(route.preferredSource);
    entry.field('prefsrc', source, `src ${source} `);
  }
  if (!hide.has('metric') && route.metric !== 0)
    entry.field('metric', route.metric, `metric ${route.metric} `);
  addFlags(entry, hop?.flags ?? []);
  if (route.mtu !== undefined) {
    entry.words(`mtu ${route.mtu} `).member('metrics', [{ mtu: route.mtu }]);
  }
  if (several) addNexthops(entry, route);
  return entry;
}

function addWay(
  entry: Entry,
  { gateway, dev }: { gateway?: number; dev?: string },
  hide: RouteFormat['hide'],
): void {
  if (gateway !== undefined && !hide.has('via')) {
    const text = formatIpv4(gateway);
    entry.field('gateway', text, `via ${text} `);
  }
  if (dev !== undefined && !hide.has('dev')) entry.field('dev', dev, `dev ${dev} `);
}

/** In the order in which iproute2 goes through them. */
function addFlags(entry: Entry, flags: RouteView['nexthops'][number]['flags']): Entry {
  const present = (['dead', 'onlink', 'linkdown'] as const).filter((flag) => flags.includes(flag));
  return entry.field('flags', present, present.map((flag) => `${flag} `).join(''));
}

function addNexthops(entry: Entry, route: RouteView): void {
  const hops = route.nexthops.map((hop) => {
    const inner = new Entry().words('\n\tnexthop ');
    addWay(inner, hop, new Set());
    inner.field('weight', hop.weight, `weight ${hop.weight} `);
    return addFlags(inner, hop.flags);
  });
  entry.words(hops.map(({ text }) => text).join('')).member(
    'nexthops',
    hops.map(({ json }) => json),
  );
}
