import { formatIpv4, type Ipv4Address, parseIpv4 } from '../models/wire/ipv4-address.ts';
import type { ClusterPlan } from '../scenarios/index.ts';
import { nearestName } from '../scenarios/nearest-name.ts';
import { findPod, podName } from '../scenarios/topology/pod-names.ts';
import { hostAddress } from '../scenarios/topology/topology.ts';
import { CommandError } from './command-error.ts';

/** A sender or receiver that was named on the command line. */
export interface NamedEndpoint {
  /** Of its namespace; absent for a bare address. */
  namespace?: string;
  /** Its place in the table of pods, if it is one. */
  pod?: number;
  address?: Ipv4Address;
  /** As messages name it. */
  label: string;
}

/** Names listed in a message at most. */
const LISTED = 6;

/**
 * Finds `pod/web-0`, `node/node1`, `router/r1`, the same without the part before the slash, or an address.
 */
export function findEndpoint(plan: ClusterPlan, text: string): NamedEndpoint {
  const address = parseIpv4(text);
  if (address !== undefined) return { address, label: formatIpv4(address) };
  const slash = text.indexOf('/');
  const kind = slash < 0 ? undefined : text.slice(0, slash);
  const name = text.slice(slash + 1);
  const pod = kind === undefined || kind === 'pod' ? findPod(plan.pods, name) : undefined;
  const host = kind === 'pod' ? undefined : findHost(plan, name, kind);
  if (pod !== undefined && host !== undefined) {
    throw new CommandError(
      `"${name}" is a pod and a ${plan.hosts[host].kind}: say pod/${name} or ${plan.hosts[host].kind}/${name}`,
    );
  }
  if (pod !== undefined) {
    // a plugin gives addresses while the run goes on
    const planned = plan.weave === undefined ? plan.pods.address[pod] : undefined;
    return { namespace: name, pod, address: planned, label: name };
  }
  if (host !== undefined) return { namespace: name, address: hostAddress(plan.hosts[host]), label: name };
  throw new CommandError(`there is no ${whatIs(kind)} "${name}"${hint(plan, name)}`);
}

function findHost(plan: ClusterPlan, name: string, kind: string | undefined): number | undefined {
  const host = plan.hostByName.get(name);
  if (host === undefined || (kind !== undefined && plan.hosts[host].kind !== kind)) return undefined;
  return host;
}

function whatIs(kind: string | undefined): string {
  if (kind === undefined) return 'pod, node or router';
  if (kind === 'pod' || kind === 'node' || kind === 'router') return kind;
  throw new CommandError(`"${kind}/..." is not known: say pod/NAME, node/NAME, router/NAME or an address`);
}

function hint(plan: ClusterPlan, name: string): string {
  const names = [...plan.hostByName.keys()];
  for (let pod = 0; pod < Math.min(plan.pods.count, 20_000); pod++) names.push(podName(plan.pods, pod));
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return ` (did you mean "${nearest}"?)`;
  const more = names.length > LISTED ? ', ...' : '';
  return ` (there are ${names.slice(0, LISTED).join(', ')}${more})`;
}
