/** Kinds of IPv4 options (RFC 791, 3.1; RFC 2113 for the router alert). */
export const IpOption = {
  end: 0,
  noOperation: 1,
  recordRoute: 7,
  timestamp: 68,
  looseSourceRoute: 131,
  strictSourceRoute: 137,
  routerAlert: 148,
} as const;

/** Lower four bits of a timestamp option's fourth byte; the upper four count hosts that found no room. */
export const TimestampFlag = { timeOnly: 0, timeAndAddress: 1, prespecified: 3 } as const;

/** In the kind of an option: every fragment carries it, not just the first. */
export const COPIED = 0x80;

/** Bytes of all options together, at most. */
export const IP_OPTIONS_MAX = 40;

/** Milliseconds since midnight, as timestamp options have them. @param now nanoseconds */
export function timeOfDay(now: number): number {
  return Math.floor(now / 1e6) % 86_400_000;
}
