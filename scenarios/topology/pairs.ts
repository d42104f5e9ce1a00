import type { Scenario } from '../schema/scenario.ts';
import type { EndpointSet } from './endpoints.ts';

export type Pattern = Exclude<Scenario['traffic'][string], { kind: 'trace' }>['pattern'];

/** How many pairs a pattern makes at most; one sender and receiver that are the same one make none. */
export function countPairs(pattern: Pattern, from: EndpointSet, to: EndpointSet): number {
  const senders = from.endpoints.length;
  const receivers = to.endpoints.length + to.addresses.length;
  if (senders === 0 || receivers === 0) return 0;
  const onlyItself = to.addresses.length === 0 && receivers === 1 && senders === 1;
  if (onlyItself && from.endpoints[0] === to.endpoints[0]) return 0;
  if (pattern === 'all-to-all') return senders * receivers;
  return pattern === 'one-to-one' ? Math.max(senders, receivers) : senders;
}
