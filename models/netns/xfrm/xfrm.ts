import type { Packet } from '../../packet.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { ControlError } from '../control-error.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { SecurityAssociation, type StateSpec } from './security-association.ts';

/** `ip xfrm policy add`: which UDP datagrams are encrypted on their way out, or have to have been when they come in. */
export interface PolicySpec {
  readonly direction: 'in' | 'out';
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly destinationPort: number;
  /** The association to encrypt by; without meaning for `in`. */
  readonly spi: number;
}

/** IPsec of a namespace: associations and policies (Linux `net/xfrm`), ESP in transport mode around UDP alone. */
export class Xfrm {
  private readonly namespace: NetworkNamespace;
  private states: SecurityAssociation[] = [];
  private policies: PolicySpec[] = [];

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
  }

  /** @throws ControlError EEXIST when destination and index are taken */
  addState(spec: StateSpec): void {
    if (this.find(spec.destination, spec.spi) !== undefined) throw new ControlError('EEXIST');
    this.states.push(new SecurityAssociation(this.namespace, spec));
    this.changed();
  }

  /** @throws ControlError ESRCH */
  deleteState(destination: Ipv4Address, spi: number): void {
    const state = this.find(destination, spi);
    if (state === undefined) throw new ControlError('ESRCH');
    this.states = this.states.filter((other) => other !== state);
    this.changed();
  }

  /** Adds a policy, in the place of one for the same datagrams. */
  setPolicy(spec: PolicySpec): void {
    this.policies = [...this.policies.filter((other) => !isSame(other, spec)), spec];
    this.changed();
  }

  deletePolicy(spec: PolicySpec): void {
    this.policies = this.policies.filter((other) => other !== spec);
    this.changed();
  }

  find(destination: Ipv4Address, spi: number): SecurityAssociation | undefined {
    return this.states.find(({ spec }) => spec.destination === destination && spec.spi === spi);
  }

  /** The policy for a packet. */
  policyOf(packet: Packet, direction: PolicySpec['direction']): PolicySpec | undefined {
    if (packet.protocol !== IpProtocol.udp) return undefined;
    return this.policies.find(
      (policy) =>
        policy.direction === direction &&
        policy.destinationPort === packet.destinationPort &&
        policy.source === packet.ipSource &&
        policy.destination === packet.ipDestination,
    );
  }

  private changed(): void {
    this.namespace.generation++;
  }
}

function isSame(a: PolicySpec, b: PolicySpec): boolean {
  return (
    a.direction === b.direction &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.destinationPort === b.destinationPort
  );
}
