import type { Interface } from '../../netns/interface/interface.ts';
import { selectSourceAddress } from '../../netns/ipv4/source-address.ts';
import type { Packet } from '../../packet.ts';
import type { Conntrack } from '../conntrack.ts';
import type { HookName, NatRange } from '../control-types.ts';
import { type Manipulation, setUpNat } from '../nat.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

/** Loopback address, where REDIRECT sends what starts here. */
const LOOPBACK = 0x7f000001;
const SCOPE_UNIVERSE = 0;

/** `-j DNAT` and `-j SNAT`. */
export class NatAction implements Action {
  constructor(
    private readonly conntrack: Conntrack,
    private readonly range: NatRange,
    private readonly manipulation: Manipulation,
  ) {}

  run(packet: Packet): Verdict {
    const connection = packet.netfilter?.connection ?? null;
    if (connection === null) return Verdict.drop;
    setUpNat(this.conntrack, connection, this.range, this.manipulation);
    return Verdict.accept;
  }
}

/** `-j MASQUERADE` (Linux `nf_nat_masquerade_ipv4`): the source becomes an address of the way out. */
export class MasqueradeAction implements Action {
  constructor(
    private readonly conntrack: Conntrack,
    private readonly range: NatRange,
  ) {}

  run(packet: Packet, _inIface: Interface | null, outIface: Interface | null): Verdict {
    const connection = packet.netfilter?.connection ?? null;
    if (connection === null || outIface === null) return Verdict.drop;
    // what has no source yet (DHCP) is left alone
    if (connection.original.source === 0) return Verdict.accept;
    const address = selectSourceAddress(outIface, packet.nexthopAddress, SCOPE_UNIVERSE);
    if (address === undefined) return Verdict.drop;
    const addresses = { first: address >>> 0, last: address >>> 0 };
    setUpNat(this.conntrack, connection, { ...this.range, addresses }, 'source');
    connection.masqueradedBy = outIface.index;
    return Verdict.accept;
  }
}

/** `-j REDIRECT` (Linux `nf_nat_redirect_ipv4`): to this host itself. */
export class RedirectAction implements Action {
  constructor(
    private readonly conntrack: Conntrack,
    private readonly range: NatRange,
  ) {}

  run(packet: Packet, inIface: Interface | null, _outIface: Interface | null, hook: HookName): Verdict {
    const connection = packet.netfilter?.connection ?? null;
    if (connection === null) return Verdict.drop;
    const address = hook === 'OUTPUT' ? LOOPBACK : inIface?.addresses[0]?.address;
    if (address === undefined) return Verdict.drop;
    const addresses = { first: address >>> 0, last: address >>> 0 };
    setUpNat(this.conntrack, connection, { ...this.range, addresses }, 'destination');
    return Verdict.accept;
  }
}
