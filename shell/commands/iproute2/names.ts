import { RouteProtocol, RouteTable, type RouteType, Scope } from '../../../models/netns/control-types.ts';
import { keywordOf } from './arguments.ts';
import { parseInteger } from './values.ts';

/** A number space with names, as the files in /etc/iproute2 give them. */
class NamedNumbers {
  private readonly byNumber: ReadonlyMap<number, string>;

  constructor(
    private readonly byName: ReadonlyMap<string, number>,
    private readonly maximum: number,
  ) {
    this.byNumber = new Map([...byName].map(([name, number]) => [number, name]));
  }

  /** The name, or the number in decimal. */
  name(number: number): string {
    return this.byNumber.get(number) ?? String(number);
  }

  /** A name in full or a number; undefined for anything else. */
  number(word: string): number | undefined {
    const named = this.byName.get(word);
    if (named !== undefined) return named;
    const value = parseInteger(word);
    return value !== undefined && value >= 0 && value <= this.maximum ? value : undefined;
  }
}

/** /etc/iproute2/rt_tables */
export const tables = new NamedNumbers(new Map(Object.entries({ unspec: 0, ...RouteTable })), 0xffffffff);

/** /etc/iproute2/rt_scopes */
export const scopes = new NamedNumbers(new Map(Object.entries(Scope)), 255);

/** /etc/iproute2/rt_protos */
export const protocols = new NamedNumbers(
  new Map(
    Object.entries({
      ...RouteProtocol,
      gated: 8,
      ra: 9,
      mrt: 10,
      zebra: 11,
      bird: 12,
      dnrouted: 13,
      xorp: 14,
      ntk: 15,
      keepalived: 18,
      babel: 42,
      openr: 99,
      bgp: 186,
      isis: 187,
      ospf: 188,
      rip: 189,
      eigrp: 192,
    }),
  ),
  255,
);

const ROUTE_TYPES = [
  'local',
  'broadcast',
  'brd',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
  'unicast',
] as const;

/** A route type, abbreviated or not; undefined when the word is none. */
export function routeType(word: string): RouteType | undefined {
  const type = keywordOf(word, ROUTE_TYPES);
  return type === 'brd' ? 'broadcast' : type;
}
