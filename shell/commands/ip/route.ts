import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import type { IpContext } from './context.ts';
import { changeRoute, deleteRoute } from './route-change.ts';
import { getRoute } from './route-get.ts';
import { flushRoutes, showRoutes } from './route-show.ts';

export const ROUTE_USAGE = `Usage: ip route { list | flush } SELECTOR
       ip route get ADDRESS [ from ADDRESS iif STRING ] [ oif STRING ]
       ip route { add | del | change | append | prepend | replace } ROUTE
SELECTOR := [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ] [ table TABLE_ID ] [ via ADDRESS ]
            [ dev STRING ] [ src ADDRESS ] [ proto RTPROTO ] [ type TYPE ] [ scope SCOPE ]
ROUTE := [ TYPE ] PREFIX [ table TABLE_ID ] [ proto RTPROTO ] [ scope SCOPE ] [ metric METRIC ]
         [ src ADDRESS ] [ mtu NUMBER ] { NH | nexthop NH ... }
NH := [ via ADDRESS ] [ dev STRING ] [ weight NUMBER ] [ onlink ]
TYPE := { unicast | local | broadcast | multicast | throw | unreachable | prohibit | blackhole }
`;

/** `ip route` */
export function ipRoute(context: IpContext, words: Arguments): number {
  if (words.done) return showRoutes(context, words);
  const command = words.next();
  const keywords = [
    'list',
    'show',
    'lst',
    'get',
    'add',
    'append',
    'prepend',
    'change',
    'replace',
    'delete',
    'flush',
    'save',
    'restore',
    'showdump',
    'help',
  ] as const;
  const keyword = command === 'chg' ? 'change' : keywordOf(command, keywords);
  switch (keyword) {
    case 'list':
    case 'show':
    case 'lst':
      return showRoutes(context, words);
    case 'get':
      return getRoute(context, words);
    case 'add':
    case 'append':
    case 'prepend':
    case 'change':
    case 'replace':
      return changeRoute(context, words, keyword);
    case 'delete':
      return deleteRoute(context, words);
    case 'flush':
      return flushRoutes(context, words);
    case 'help':
      throw new CommandFailure(ROUTE_USAGE, 255);
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "ip route help".`);
  }
  throw new NotSupported('ip', `"ip route ${keyword}"`);
}
