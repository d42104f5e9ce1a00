import { RouteTable, type RouteView } from '../../../models/netns/control-types.ts';
import type { LearntRoute } from '../../../models/netns/routing/route-control.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { request } from '../iproute2/kernel-request.ts';
import { print } from '../iproute2/output.ts';
import type { IpContext } from './context.ts';
import { reportFlush } from './flush-report.ts';
import { routeEntry } from './route-format.ts';
import { addLearnt } from './route-get.ts';
import { hiddenParts, parseSelection, type RouteSelection, selectsRoute } from './route-selection.ts';

/** `ip route show` */
export function showRoutes(context: IpContext, words: Arguments): number {
  const { namespace, options, stdout } = context;
  const selection = parseSelection(words, namespace);
  const format = { details: options.details, hide: hiddenParts(selection) };
  if (selection.table === 'cache') {
    print(stdout, options, namespace.learntRoutes().map(learntEntry));
    return 0;
  }
  const routes = selectRoutes(context, selection, 'Dump');
  print(
    stdout,
    options,
    routes.map((route) => routeEntry(route, format)),
  );
  return 0;
}

/** `ip route show cache` */
function learntEntry(learnt: LearntRoute): Entry {
  const entry = new Entry();
  const { destination, gateway, redirected, dev } = learnt;
  entry.field('dst', formatIpv4(destination));
  if (gateway !== undefined) entry.field('gateway', formatIpv4(gateway), `via ${formatIpv4(gateway)} `);
  entry.field('dev', dev, `dev ${dev} `);
  entry.member('flags', []);
  const flags = redirected ? ['redirected'] : [];
  entry.field('cache', flags, `\n    cache ${redirected ? '<redirected> ' : ''}`);
  addLearnt(entry, learnt);
  return entry;
}

/** `ip route flush` */
export function flushRoutes(context: IpContext, words: Arguments): number {
  if (words.done) throw new CommandFailure('"ip route flush" requires arguments.\n', 1);
  const { namespace } = context;
  const selection = parseSelection(words, namespace);
  if (selection.table === 'cache') {
    namespace.flushLearntRoutes();
    return 0;
  }
  const routes = selectRoutes(context, selection, 'Flush');
  for (const route of routes) {
    const nexthops = route.nexthops.map(({ gateway, dev }) => ({ gateway, dev }));
    request(2, () => namespace.deleteRoute({ ...route, nexthops }));
  }
  const format = { details: context.options.details, hide: hiddenParts(selection) };
  reportFlush(
    context,
    routes.map((route) => routeEntry(route, format).text),
    'entries',
  );
  return 0;
}

function selectRoutes(
  { namespace, options }: IpContext,
  selection: RouteSelection,
  action: 'Dump' | 'Flush',
): RouteView[] {
  if (options.family !== 'any' && options.family !== 'inet') return [];
  const { table } = selection;
  if (table === 'cache') return [];
  const existing = namespace.tables();
  // the kernel always has a main table
  if (table !== 'all' && table !== RouteTable.main && !existing.includes(table)) {
    throw new CommandFailure(`Error: ipv4: FIB table does not exist.\n${action} terminated\n`, 2);
  }
  const ids = table === 'all' ? existing : [table];
  return ids.flatMap((id) => namespace.routes(id)).filter((route) => selectsRoute(selection, route));
}
