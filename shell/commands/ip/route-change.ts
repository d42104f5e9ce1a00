import type { RouteType } from '../../../models/netns/control-types.ts';
import { CommandFailure } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import type { IpContext } from './context.ts';
import { ROUTE_USAGE } from './route.ts';
import { parseRoute } from './route-arguments.ts';

/** Types that go to the local table unless the line names one. */
const LOCAL_TYPES: readonly (RouteType | undefined)[] = ['local', 'broadcast'];
const LOCAL_TABLE = 255;

/** `ip route add|append|prepend|change|replace` */
export function changeRoute(
  { namespace }: IpContext,
  words: Arguments,
  mode: 'add' | 'append' | 'prepend' | 'change' | 'replace',
): number {
  const { destinationGiven, ...route } = parseRoute(words, namespace);
  if (!destinationGiven) throw new CommandFailure(ROUTE_USAGE, 255);
  const spec = { ...route, destination: route.destination!, prefixLength: route.prefixLength! };
  request(2, () => namespace.addRoute(spec, mode));
  return 0;
}

/** `ip route del`: the first route of the prefix that has everything the line names. */
export function deleteRoute({ namespace }: IpContext, words: Arguments): number {
  const { destinationGiven, ...route } = parseRoute(words, namespace);
  if (!destinationGiven) throw new CommandFailure(ROUTE_USAGE, 255);
  const table = route.table ?? (LOCAL_TYPES.includes(route.type) ? LOCAL_TABLE : undefined);
  const match = { ...route, table, destination: route.destination!, prefixLength: route.prefixLength! };
  request(2, () => namespace.deleteRoute(match));
  return 0;
}
