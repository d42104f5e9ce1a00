import type { Ipv4Address } from '../../wire/ipv4-address.ts';

/**
 * What goes with a frame beside its bytes: by which tunnel it came, or is to go (Linux `struct ip_tunnel_info`,
 * `IPv4`). Immutable, and shared by copies of the frame.
 */
export interface TunnelInfo {
  /** VXLAN network identifier. */
  readonly vni: number;
  /** Of the packet around the frame. */
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  /** 0: as the host sends. */
  readonly ttl: number;
  /** Without the two bits that mark congestion: those are the frame's. */
  readonly tos: number;
  readonly dontFragment: boolean;
  readonly checksum: boolean;
  /** Says where the frame is to go (IP_TUNNEL_INFO_TX), not from where it came. */
  readonly transmits: boolean;
}

/** A frame has come by a tunnel. */
export function receivedBy(vni: number, source: Ipv4Address, destination: Ipv4Address): TunnelInfo {
  return {
    vni,
    source,
    destination,
    ttl: 0,
    tos: 0,
    dontFragment: false,
    checksum: false,
    transmits: false,
  };
}

/** Of an answer to a frame that was to go by `info`: as if it came from where that was to go. */
export function answered(info: TunnelInfo): TunnelInfo {
  return { ...info, source: info.destination, destination: info.source };
}
