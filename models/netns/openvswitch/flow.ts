import type { Packet } from '../../packet.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { TunnelInfo } from '../vxlan/tunnel-info.ts';
import type { Vport } from './vport.ts';

/** MAC addresses, as ids of the network's `MacTable`. */
export interface EthernetKey {
  readonly source: number;
  readonly destination: number;
}

/** The tunnel that a frame came by. */
export interface TunnelKey {
  readonly vni: number;
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
}

/**
 * What a datapath looks at, as far as anybody here asks for it (Linux `struct sw_flow_key`, `struct sw_flow_mask`). In
 * a flow, null stands for any; of a frame, for none.
 */
export interface FlowKey {
  readonly inPort: number;
  readonly ethernet: EthernetKey | null;
  readonly tunnel: TunnelKey | null;
}

/** What is done with a frame (Linux `OVS_ACTION_ATTR_SET` of a tunnel, `OVS_ACTION_ATTR_OUTPUT`). */
export type FlowAction =
  | { readonly kind: 'set_tunnel'; readonly tunnel: TunnelInfo }
  | { readonly kind: 'output'; readonly port: number };

/** A rule of a datapath, and how much it was used (Linux `struct sw_flow`). */
export interface Flow {
  readonly key: FlowKey;
  /** In this order; none: the frame is dropped. */
  actions: readonly FlowAction[];
  packets: number;
  bytes: number;
  /** When a frame last went by it, nanoseconds; -1 for never since the counters were cleared. */
  used: number;
}

/** The key of a frame that has come in by a port (Linux `ovs_flow_key_extract`). */
export function keyOf(vport: Vport, packet: Packet): FlowKey {
  const { source, destination } = packet;
  // what another tunnel has left on a frame is no concern of a plain interface
  const tunnel = vport.type === 'vxlan' ? packet.tunnelInfo : null;
  return { inPort: vport.number, ethernet: { source, destination }, tunnel };
}
