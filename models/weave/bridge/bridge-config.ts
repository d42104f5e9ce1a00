import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { PeerName } from '../peer-name.ts';

/**
 * How frames of the host get to the router (weave `net/bridge.go`):
 *
 * - `bridge`: a veth pair from the bridge to where the router captures and injects frames
 * - `bridged_fastdp`: a veth pair from the bridge to a datapath of Open vSwitch
 */
export type BridgeType = 'bridge' | 'bridged_fastdp';

export const WEAVE_BRIDGE = 'weave';
/** The datapath of Open vSwitch, where there is one. */
export const DATAPATH = 'datapath';
/** The end of the pair that is a port of the bridge. */
export const BRIDGE_PORT = 'vethwe-bridge';
/** The router's end of it, by type. */
export const ROUTER_PORT: Readonly<Record<BridgeType, string>> = {
  bridge: 'vethwe-pcap',
  bridged_fastdp: 'vethwe-datapath',
};

/**
 * Without a datapath nothing is subtracted: sleeve finds out by itself what fits. With one it is what the narrowest
 * underlay (1460) leaves to the pods: less IPv4, UDP, VXLAN, Ethernet and 34 bytes for ESP.
 */
export const DEFAULT_MTU: Readonly<Record<BridgeType, number>> = {
  bridge: 65_535,
  bridged_fastdp: 1460 - 20 - 8 - 8 - 14 - 34,
};

export interface BridgeConfig {
  readonly type: BridgeType;
  /** Becomes the bridge's MAC address. */
  readonly peer: PeerName;
  /** `--mtu`. Default: that of the type. */
  readonly mtu?: number;
  /** TCP port of the control interface, which only this host may use. Default 6784. */
  readonly controlPort?: number;
  /** `--expect-npc`: weave-npc decides what may pass. Default false. */
  readonly expectNpc?: boolean;
  /** `--no-masq-local`: what is for pods of this very host keeps its source. Default false. */
  readonly noMasqLocal?: boolean;
}

/** An address with its subnet. */
export interface Cidr {
  readonly address: Ipv4Address;
  readonly prefixLength: number;
}
