import { type Ipv4Address, parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { matchNames } from './match-hosts.ts';
import { matchPods } from './match-pods.ts';
import { NoMatch } from './no-match.ts';
import type { Topology } from './topology.ts';

/**
 * A sender or receiver as one number: below `hosts.length` a place in `Topology.hosts`, from there on a place
 * in the table of pods.
 */
export type Endpoint = number;

/** What `from` or `to` of traffic stands for. */
export interface EndpointSet {
  endpoints: Uint32Array;
  /** Addresses named as such, whoever may have them. */
  addresses: Ipv4Address[];
}

/** Resolves `pod/web-*`, `node/node1`, `router/r1`, `10.244.3.2`, or a list of these. */
export function matchEndpoints(
  references: string | readonly string[],
  topology: Topology,
): EndpointSet | { problem: NoMatch; position: number | undefined } {
  const list = typeof references === 'string' ? [references] : references;
  const parts: Uint32Array[] = [];
  const addresses: Ipv4Address[] = [];
  for (const [index, reference] of list.entries()) {
    const position = typeof references === 'string' ? undefined : index;
    const address = parseIpv4(reference);
    if (address !== undefined) {
      addresses.push(address);
      continue;
    }
    const matched = matchOne(reference, topology);
    if (matched instanceof NoMatch) return { problem: matched, position };
    parts.push(matched);
  }
  if (parts.length === 1) return { endpoints: parts[0], addresses };
  const endpoints = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    endpoints.set(part, at);
    at += part.length;
  }
  return { endpoints, addresses };
}

function matchOne(reference: string, topology: Topology): Uint32Array | NoMatch {
  const slash = reference.indexOf('/');
  const kind = reference.slice(0, slash);
  const name = reference.slice(slash + 1);
  if (kind === 'pod') {
    const pods = matchPods(name, topology.pods);
    if (pods instanceof NoMatch) return pods.rewrite((nearest) => `pod/${nearest}`);
    const first = topology.hosts.length;
    return pods.map((pod) => first + pod);
  }
  const matched = matchNames(name, topology.hostByName, kind);
  if (matched instanceof NoMatch) return matched.rewrite((nearest) => withKind(nearest, topology));
  const hosts = matched.filter((index) => topology.hosts[index].kind === kind);
  if (hosts.length > 0) return Uint32Array.from(hosts);
  const other = topology.hosts[matched[0]];
  return new NoMatch(`"${name}" is not a ${kind}`, () => `${other.kind}/${name}`);
}

function withKind(name: string, topology: Topology): string {
  return `${topology.hosts[topology.hostByName.get(name)!].kind}/${name}`;
}
